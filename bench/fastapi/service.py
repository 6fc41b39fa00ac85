"""A product service as tutorials on caching with FastAPI build it: look into Redis, else load, store for an hour, answer as JSON.

./dev load measures it beside the API when it is installed:
    apt-get install python3-fastapi python3-uvicorn python3-redis python3-uvloop python3-httptools python3-hiredis
"""
import json
import os

from fastapi import FastAPI, Response
from redis.asyncio import Redis

LIFETIME = 3600

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


async def load_product(product_id: int) -> dict:
    """Stands in for the database: only hits are measured."""
    return {**json.loads(os.environ["PRODUCT"]), "id": product_id}


@app.get("/products/{product_id}")
async def get_product(product_id: int, response: Response):
    key = f"product:{product_id}"
    cached = await redis.get(key)
    if cached is not None:
        response.headers["X-Cache"] = "HIT"
        return json.loads(cached)
    product = await load_product(product_id)
    await redis.set(key, json.dumps(product), ex=LIFETIME)
    response.headers["X-Cache"] = "MISS"
    return product
