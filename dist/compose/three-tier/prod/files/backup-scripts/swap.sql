-- In one transaction, so that there is always one under the name. Who connects at that moment waits, and is told to come again.
begin;
alter database :"database" rename to :"before";
alter database :"scratch" rename to :"database";
alter database :"before" allow_connections false;
commit;
