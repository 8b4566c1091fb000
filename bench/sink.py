"""An SMTP server that takes everything: ``python -m bench.sink [--keep DIR] [--fail N]`` prints its port.

With ``--keep`` every mail is written to DIR in the order taken (a file per mail).  With ``--fail N`` every N-th mail is
refused with 451 and every 3N-th connection is cut after the text was taken, before the answer (the gap SMTP leaves).
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path


class Sink:
    """Takes mail and counts."""

    def __init__(self, keep: Path | None, fail: int) -> None:
        self.keep, self.fail, self.taken, self.seen = keep, fail, 0, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        writer.write(b"220 sink ESMTP\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"EHLO":
                    writer.write(
                        b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 104857600\r\n"
                    )
                elif verb == b"DATA":
                    writer.write(b"354 go\r\n")
                    if not await self._data(reader, writer):
                        return
                elif verb == b"XCNT":
                    writer.write(b"250 %d\r\n" % self.taken)
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                else:
                    writer.write(b"250 ok\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _data(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        data = await reader.readuntil(b"\r\n.\r\n")
        self.seen += 1
        if self.fail and self.seen % self.fail == 0 and self.seen % (3 * self.fail):
            writer.write(b"451 4.3.0 try later\r\n")
            return True
        self.taken += 1
        if self.keep:
            part = self.keep / f"{self.taken:06d}.part"
            with part.open("wb") as stream:
                stream.write(data[:-3])
                stream.flush()
                os.fsync(stream.fileno())
            part.rename(part.with_suffix(".eml"))  # whoever watches the folder sees whole mails
        if self.fail and self.seen % (3 * self.fail) == 0:
            return False  # taken, but the client never hears of it
        writer.write(b"250 2.0.0 taken\r\n")
        return True


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--fail", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    sink = Sink(options.keep, options.fail)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", options.port, limit=64 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
