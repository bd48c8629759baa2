-- In one transaction: who connects meanwhile waits for its end, and nobody finds no database.
begin;
alter database :"database" rename to :"before";
alter database :"scratch" rename to :"database";
alter database :"before" allow_connections false;
commit;
