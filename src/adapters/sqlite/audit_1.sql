-- Audit rows, in the order of their places.
create table entry (
    tenant integer not null,
    at integer not null,
    position integer not null,
    chain blob not null,
    body blob not null,
    primary key (tenant, at, position)
) strict, without rowid;

-- By what rows are found: `what` is the kind of term, see `Term`.
create table term (
    tenant integer not null,
    what integer not null,
    value blob not null,
    at integer not null,
    position integer not null,
    primary key (tenant, what, value, at, position)
) strict, without rowid;

-- The keys by which scopes reach the rows of a home.
create table home (
    tenant integer not null,
    home blob not null,
    keys blob not null,
    primary key (tenant, home)
) strict, without rowid;

-- How far the projection of a tenant has come.
create table applied (tenant integer primary key, position integer not null, at integer not null) strict;
