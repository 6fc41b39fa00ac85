-- Lists of all categories carry the tag listing:_all, formed like those of one category (listing:<category>); no category's slug has an underscore.
create or replace function cache_outbox_listings(categories text[]) returns void language sql as $$
    insert into cache_outbox (family, tags)
    select 'product-list', array_agg('listing:' || c order by c) || 'listing:_all'::text
    from (select distinct c from unnest(categories) as c where c is not null) as d
    having count(*) > 0;
$$;
