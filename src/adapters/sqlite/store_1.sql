-- Objects, clustered by home. The row of kind 0 is the home itself.
create table object (
    tenant integer not null,
    home blob not null,
    kind integer not null,
    id blob not null,
    revision integer not null,
    keys blob not null,
    body blob not null,
    primary key (tenant, home, kind, id)
) strict, without rowid;

-- Instances, each followed by its tasks.
create table run (
    tenant integer not null,
    instance blob not null,
    kind integer not null,
    id blob not null,
    home blob not null,
    revision integer not null,
    keys blob not null,
    body blob not null,
    primary key (tenant, instance, kind, id)
) strict, without rowid;

-- Requests to the outside and timers. `ready` is when a host may take it up: when it is due and no lease runs.
-- `turn` is the place among those with the same target, in the order in which they were stored.
create table work (
    tenant integer not null,
    instance blob not null,
    id blob not null,
    home blob not null,
    sort integer not null,
    lane integer not null,
    target text,
    turn integer,
    due integer not null,
    ready integer not null,
    host blob,
    until integer,
    attempts integer not null,
    trouble text,
    body blob not null,
    primary key (tenant, instance, id)
) strict, without rowid;
create index work_ready on work (sort, lane, ready, id);
create index work_target on work (tenant, target, turn) where target is not null;

-- The history, in the order of commits. `before` is the row of the record before it in its chain.
create table history (
    n integer primary key,
    before integer,
    tenant integer not null,
    chain blob not null,
    sequence integer not null,
    previous blob not null,
    at integer not null,
    open blob not null,
    commitment blob,
    salt blob,
    personal blob,
    hash blob not null
) strict;

-- Commands that were carried out, in the order of commits. No actor is an empty one.
create table command (
    n integer primary key,
    tenant integer not null,
    actor blob not null,
    id blob not null,
    at integer not null,
    content blob not null,
    answer blob not null
) strict;
create unique index command_id on command (tenant, id, actor);

-- The keys of records that are indexed. `cluster` is the home of an object, the instance of a run.
create table key (
    tenant integer not null,
    kind integer not null,
    code integer not null,
    value blob not null,
    id blob not null,
    cluster blob not null,
    primary key (tenant, kind, code, value, id)
) strict, without rowid;

-- Refusals, oldest first. `mark` is a digest of the tenant and all else that makes two of them the same.
create table refusal (
    n integer primary key,
    tenant integer not null,
    mark integer not null,
    actor blob,
    attempt text not null,
    subject text,
    code text not null,
    first integer not null,
    last integer not null,
    times integer not null
) strict;
create index refusal_tenant on refusal (tenant);
create index refusal_mark on refusal (mark);

-- Which keys were indexed when the file was last written.
create table indexed (mark blob not null) strict;
