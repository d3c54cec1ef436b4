-- The CRL number taken last when an entry was written; null where it is good, or was written before this was counted.
alter table entry add column written_after integer;
create index entry_changed on entry (issuer, written_after) where written_after is not null;
-- The order of the numbers, for lists that are read page by page.
alter table entry add column octets integer generated always as (length(serial)) virtual;
create index entry_in_order on entry (issuer, octets, serial) where listed = 1;
-- The number of the complete CRL that was published last.
alter table crl add column complete integer;
