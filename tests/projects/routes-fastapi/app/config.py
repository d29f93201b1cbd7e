import os

from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    API_PREFIX: str = Field(default="/api")
    title: str = "shop"


settings = Settings()
WEBHOOKS = os.getenv("WEBHOOK_PATH", "/hooks")
