-- Run by the owner of the database before each migration that follows a change of it: it has to be right the second time, too.
-- What the migrations of Pliers expect to be there: trusted extensions, which an owner may create.
create extension if not exists pgcrypto;
create extension if not exists citext;
