-- Replaced where it is there: the restore of a backup from before this script leaves it.
-- Tags are searched as words in every form, as names and descriptions are. Before, a query's stems were compared with the tags as they are, which found 'gift' and not 'handmade'.
create or replace function tags_text(tags text[]) returns text language sql immutable parallel safe return array_to_string(tags, ' ');

alter table products drop column search;
alter table products add column search tsvector generated always as (
    setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', tags_text(tags)), 'B') || setweight(to_tsvector('english', description), 'C')) stored;
create index products_by_text on products using gin (search);
