-- Since when the key of a certificate is known or thought to be in other hands, if that was said.
alter table entry add column invalid_since integer;
