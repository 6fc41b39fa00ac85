-- Requests for a warming are events in Redis, and the popularity ranking is given back to Redis by the workers that know it.
drop table cache_warm_requests, cache_popularity, cache_popularity_saved;
