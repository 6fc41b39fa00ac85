-- The change feed reads the WAL (HotShelf.Caching.Postgres): the triggers that wrote cache_outbox, and the notifications, go.

drop trigger products_inserted on products;
drop trigger products_updated on products;
drop trigger products_deleted on products;
drop trigger products_truncated on products;
drop trigger prices_inserted on prices;
drop trigger prices_updated on prices;
drop trigger prices_deleted on prices;
drop trigger prices_truncated on prices;
drop trigger user_profiles_inserted on user_profiles;
drop trigger user_profiles_updated on user_profiles;
drop trigger user_profiles_deleted on user_profiles;
drop trigger user_profiles_truncated on user_profiles;
drop trigger cache_warm_requests_inserted on cache_warm_requests;
drop function products_changed, products_truncated, prices_changed, user_profiles_changed, user_profiles_truncated, cache_outbox_listings, cache_outbox_families, cache_warm_requested;
drop table cache_outbox, cache_outbox_failed;

-- The history stays with the database: whoever changes a price, it is written down.
create function record_prices() returns trigger language plpgsql as $$
begin
    insert into price_history (product_id, as_of, amount, currency) select product_id, as_of, amount, currency from new_rows;
    return null;
end $$;

create function record_changed_prices() returns trigger language plpgsql as $$
begin
    insert into price_history (product_id, as_of, amount, currency)
    select n.product_id, n.as_of, n.amount, n.currency
    from new_rows n join old_rows o on o.product_id = n.product_id
    where (o.amount, o.currency) is distinct from (n.amount, n.currency);
    return null;
end $$;

create trigger prices_inserted after insert on prices referencing new table as new_rows for each statement execute function record_prices();
create trigger prices_updated after update on prices referencing old table as old_rows new table as new_rows for each statement execute function record_changed_prices();

-- A product that leaves a category makes that category's lists stale: its old category is part of the replica identity. The index serves lists as before.
drop index products_by_category;
create unique index products_by_category on products (category, id);
alter table products replica identity using index products_by_category;

-- Made here, because it takes the owner of the tables.
create publication hotshelf for table products, prices, user_profiles with (publish_via_partition_root = true);
