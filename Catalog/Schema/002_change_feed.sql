-- The change feed: every change of products, prices and user_profiles leaves in cache_outbox, in its own transaction, what it makes stale in
-- the cache. CacheWorker deletes a row once the cache has been told. All triggers work on whole statements: one that changes 5,000 rows
-- runs one INSERT, and one that changes nothing leaves nothing and wakes nobody.

create table cache_outbox (
    id         bigint generated always as identity primary key,
    family     text not null,
    -- A cache key such as product:42; null when only tags are to be removed. Neither key nor tags: all entries of the family are stale.
    key        text,
    tags       text[] not null default '{}',
    changed_at timestamptz not null default clock_timestamp(),
    -- How often the cache refused this row while it accepted others.
    attempts   integer not null default 0
)
-- Rows live for milliseconds: without eager vacuuming their remains would soon outnumber them many times.
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_insert_threshold = 10000, autovacuum_vacuum_cost_delay = 0);

-- Rows that the cache refused again and again, set aside for a person to look at.
create table cache_outbox_failed (
    id         bigint primary key,
    family     text not null,
    key        text,
    tags       text[] not null,
    changed_at timestamptz not null,
    attempts   integer not null,
    error      text not null,
    failed_at  timestamptz not null default clock_timestamp()
);

-- Makes whole families stale.
create function cache_outbox_families(variadic families text[]) returns void language sql as $$
    insert into cache_outbox (family) select f from unnest(families) as f;
    select pg_notify('cache_outbox', '');
$$;

-- A list shows products of one category (tag listing:<category>) or of all (tag listings); a change of a product makes both stale.
create function cache_outbox_listings(categories text[]) returns void language sql as $$
    insert into cache_outbox (family, tags)
    select 'product-list', array_agg('listing:' || c order by c) || 'listings'::text
    from (select distinct c from unnest(categories) as c where c is not null) as d
    having count(*) > 0;
$$;

create function products_changed() returns trigger language plpgsql as $$
declare
    categories text[];
begin
    if tg_op = 'INSERT' then
        insert into cache_outbox (family, key) select 'product', 'product:' || id from new_rows;
        select array_agg(distinct category) into categories from new_rows;
    elsif tg_op = 'DELETE' then
        -- The price goes with its product, by the foreign key.
        insert into cache_outbox (family, key)
            select 'product', 'product:' || id from old_rows union all select 'price', 'price:' || id from old_rows;
        select array_agg(distinct category) into categories from old_rows;
    else
        -- A full join, because a changed id is one product gone and another one there.
        with changed as materialized (
            select coalesce(o.id, n.id) as id, o.category as old_category, n.category as new_category
            from old_rows o full join new_rows n on n.id = o.id
            where o.* is distinct from n.*
        ), written as (
            insert into cache_outbox (family, key) select 'product', 'product:' || id from changed
        )
        select array_agg(distinct c) into categories
        from (select old_category as c from changed union select new_category from changed) as both_sides
        where c is not null;
    end if;

    if categories is not null then
        perform cache_outbox_listings(categories);
        perform pg_notify('cache_outbox', '');
    end if;
    return null;
end $$;

create function products_truncated() returns trigger language plpgsql as $$
begin
    perform cache_outbox_families('product', 'product-list', 'price');
    return null;
end $$;

-- A price is shown in three places: on its own, in its product, and in the lists of its product's category.
create function prices_changed() returns trigger language plpgsql as $$
declare
    ids integer[];
    categories text[];
begin
    if tg_op = 'INSERT' then
        select array_agg(product_id) into ids from new_rows;
        insert into price_history (product_id, as_of, amount, currency) select product_id, as_of, amount, currency from new_rows;
    elsif tg_op = 'DELETE' then
        -- When the product itself was deleted its own trigger has said so already.
        select array_agg(o.product_id) into ids from old_rows o join products p on p.id = o.product_id;
    else
        select array_agg(coalesce(o.product_id, n.product_id)) into ids
        from old_rows o full join new_rows n on n.product_id = o.product_id
        where o.* is distinct from n.*;

        insert into price_history (product_id, as_of, amount, currency)
        select n.product_id, n.as_of, n.amount, n.currency
        from new_rows n join old_rows o on o.product_id = n.product_id
        where (o.amount, o.currency) is distinct from (n.amount, n.currency);
    end if;

    if ids is not null then
        insert into cache_outbox (family, key)
            select 'price', 'price:' || id from unnest(ids) as id union all select 'product', 'product:' || id from unnest(ids) as id;
        select array_agg(distinct category) into categories from products where id = any (ids);
        perform cache_outbox_listings(categories);
        perform pg_notify('cache_outbox', '');
    end if;
    return null;
end $$;

create function user_profiles_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into cache_outbox (family, key) select 'user-profile', 'user-profile:' || user_id from new_rows;
    elsif tg_op = 'DELETE' then
        insert into cache_outbox (family, key) select 'user-profile', 'user-profile:' || user_id from old_rows;
    else
        insert into cache_outbox (family, key)
        select 'user-profile', 'user-profile:' || coalesce(o.user_id, n.user_id)
        from old_rows o full join new_rows n on n.user_id = o.user_id
        where o.* is distinct from n.*;
    end if;

    if found then
        perform pg_notify('cache_outbox', '');
    end if;
    return null;
end $$;

create function user_profiles_truncated() returns trigger language plpgsql as $$
begin
    perform cache_outbox_families('user-profile');
    return null;
end $$;

create trigger products_inserted after insert on products referencing new table as new_rows for each statement execute function products_changed();
create trigger products_updated after update on products referencing old table as old_rows new table as new_rows for each statement execute function products_changed();
create trigger products_deleted after delete on products referencing old table as old_rows for each statement execute function products_changed();
create trigger products_truncated after truncate on products for each statement execute function products_truncated();

create trigger prices_inserted after insert on prices referencing new table as new_rows for each statement execute function prices_changed();
create trigger prices_updated after update on prices referencing old table as old_rows new table as new_rows for each statement execute function prices_changed();
create trigger prices_deleted after delete on prices referencing old table as old_rows for each statement execute function prices_changed();
create trigger prices_truncated after truncate on prices for each statement execute function products_truncated();

create trigger user_profiles_inserted after insert on user_profiles referencing new table as new_rows for each statement execute function user_profiles_changed();
create trigger user_profiles_updated after update on user_profiles referencing old table as old_rows new table as new_rows for each statement execute function user_profiles_changed();
create trigger user_profiles_deleted after delete on user_profiles referencing old table as old_rows for each statement execute function user_profiles_changed();
create trigger user_profiles_truncated after truncate on user_profiles for each statement execute function user_profiles_truncated();
