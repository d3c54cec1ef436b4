-- Objects by number, each home a range of its own: a row of a tree by key stands in its inner pages too, which then have few
-- branches. Behind each object is room to grow where it lies: zeros, and how many bytes it takes in the last two.
alter table object rename to object_by_key;
create table object (
    n integer primary key,
    tenant integer not null,
    home blob not null,
    kind integer not null,
    id blob not null,
    revision integer not null,
    keys blob not null,
    body blob not null
) strict;
insert into object
    select
        (dense_rank() over (order by tenant, home) << 20) + row_number() over (partition by tenant, home order by kind, id),
        tenant, home, kind, id, revision, keys,
        iif(kind = 0, body, cast(body || zeroblob(110) || x'0070' as blob))
    from object_by_key;
drop table object_by_key;
create unique index object_at on object (tenant, home, kind, id);
