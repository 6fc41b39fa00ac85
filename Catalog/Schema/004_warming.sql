-- Warmings of the cache: those that somebody asked for, which any worker takes, and those that workers begin by themselves.
create table cache_warm_requests (
    id           bigint generated always as identity primary key,
    reason       text not null default 'on request',
    -- What to warm: explicit keys, or the most popular keys of some families; nothing at all is what is warmed at a start.
    keys         text[],
    families     text[],
    top          integer check (top between 1 and 1000000),
    state        text not null default 'queued' check (state in ('queued', 'running', 'done', 'stopped', 'failed', 'cancelled')),
    worker       text,
    total        integer not null default 0,
    done         integer not null default 0,
    failed       integer not null default 0,
    rate         double precision not null default 0,
    eta_seconds  double precision,
    message      text,
    requested_at timestamptz not null default clock_timestamp(),
    started_at   timestamptz,
    -- A running one that its worker no longer touches is taken over by another.
    updated_at   timestamptz not null default clock_timestamp(),
    finished_at  timestamptz
);
create index cache_warm_requests_open on cache_warm_requests (id) where state in ('queued', 'running');

create function cache_warm_requested() returns trigger language plpgsql as $$
begin
    perform pg_notify('cache_warm', '');
    return null;
end $$;
create trigger cache_warm_requests_inserted after insert on cache_warm_requests for each statement execute function cache_warm_requested();

-- The popularity ranking as last saved, for a Redis that comes back empty. Half of a score is gone after the half-life, so its time belongs to it.
create table cache_popularity (
    key   text primary key,
    score double precision not null
);
create table cache_popularity_saved (
    only_row boolean primary key default true check (only_row),
    at       timestamptz not null
);
