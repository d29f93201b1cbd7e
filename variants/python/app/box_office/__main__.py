"""Start the service: `python -m box_office`."""

import signal
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from box_office.bootstrap import create_app
from box_office.settings import Settings
from box_office.telemetry import configure_logging


class Server(uvicorn.Server):
    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._health = app.state.container.health
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,  # ours stands already
                access_log=False,  # RequestLog writes a better line
                server_header=False,
                proxy_headers=False,  # they would let a caller choose the address that the limiter counts
                timeout_graceful_shutdown=10,
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._health.stop()
        super().handle_exit(sig, frame)


def main() -> int:
    try:
        settings = Settings()
    except ValidationError as error:
        for item in error.errors():
            print(f"error: {str(item['loc'][0]).upper()}: {item['msg']}", file=sys.stderr)
        return 1
    configure_logging(settings.log_level)
    # uvicorn raises the signal once more when it is done; being asked to stop, and stopping, is success.
    signal.signal(signal.SIGTERM, lambda *_: None)
    server = Server(create_app(settings), settings)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
