alter database :"database" allow_connections false;
