-- How often the status of an entry has changed, as far as it was counted.
alter table entry add column revision integer not null default 0;
