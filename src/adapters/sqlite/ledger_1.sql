-- `listed` is what `AuthorityLedger::listed` asks for: on hold or revoked, and not retired.
create table entry (
    issuer text not null,
    serial blob not null,
    not_after integer not null,
    status text not null,
    reason integer,
    since integer,
    listed integer not null,
    primary key (issuer, serial)
) strict, without rowid;
create index entry_listed on entry (issuer, not_after) where listed = 1;
create table crl (issuer text primary key, number integer not null) strict, without rowid;
