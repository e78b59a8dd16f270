"""Making ledger and graph again from the archive alone: to rebuild, to verify, to go back in time."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from boardtrace import captured, measured, projection
from boardtrace.admit import Options, admit
from boardtrace.archive import Archive
from boardtrace.chain import Link
from boardtrace.errors import AskedWrong, BoardtraceError
from boardtrace.facts import Ledger
from boardtrace.files import File
from boardtrace.ingest import archive_of, locked, project
from boardtrace.kinds import DERIVED_BY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boardtrace.admit import Progress
    from boardtrace.graph import Graph

__all__ = ["chain_of", "rebuild", "refill", "replay"]


def chain_of(archive: Archive) -> list[Link]:
    """Read the chain of an archive; BoardtraceError names the first link that does not hold."""
    found: list[Link] = []
    for name, data in archive.links():
        number = len(found) + 1
        try:
            link = Link.parse(data.decode())
        except ValueError as error:
            raise BoardtraceError(f"chain/{name}: {error}") from None
        if name != f"{number:08}.json" or link.number != number:
            raise BoardtraceError(f"chain/{name}: here should be the link of batch {number}")
        if link.previous != (found[-1].hash if found else ""):
            raise BoardtraceError(f"chain/{name}: does not follow from the link before")
        if link.hash != link.sum():
            raise BoardtraceError(f"chain/{name}: its hash is not that of what it says")
        found.append(link)
    return found


def replay(archive: Archive, links: Sequence[Link], ledger: Ledger, progress: Progress) -> list[str]:
    """Put the batches of these links into an empty ledger, from the archived bytes.

    BoardtraceError if a batch that this version took does not come out as its link says. Another version
    may have read more or less of the same bytes: where it did is returned, a line for each such batch.
    """
    otherwise: list[str] = []
    for number, link in enumerate(links):
        progress("read", number, len(links))
        with tempfile.TemporaryDirectory(prefix="boardtrace-") as name, ledger.transaction():
            folder = Path(name)
            counts, _ = admit(ledger, link.number, *_fetched(archive, link, folder), lambda *_: None)
            said = {name: getattr(link, name) for name in asdict(counts)}
            if asdict(counts) != said:
                found = (
                    f"batch {link.number} does not come out as it did when version {link.version} read it: "
                    f"{_counts(asdict(counts))} where the chain has {_counts(said)}"
                )
                if link.version == DERIVED_BY:
                    raise BoardtraceError(found)
                otherwise.append(found)
            ledger.record(link)
    return otherwise


def _counts(said: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in said.items())


def _fetched(archive: Archive, link: Link, folder: Path) -> tuple[list[File], Options]:
    files = []
    for number, source in enumerate(link.files):
        place = folder / str(number)
        place.mkdir()
        file = File(source.name, place / "source")
        archive.fetch(source.sha256, file.path)
        files.append(file)
    options = Options(link.options.get("from"), link.options.get("site", ""))
    if link.mapping:
        options = replace(options, mapping=folder / link.mapping.name)
        archive.fetch(link.mapping.sha256, folder / link.mapping.name)
    return files, options


def rebuild(
    graph: Graph, progress: Progress, url: str | None = None, chain: str | None = None
) -> tuple[Link | None, list[str]]:
    """Make the graph again from an archive alone; return the last link, and what `replay` does.

    There is no last link of an empty chain.

    ``url`` is another archive than the graph's own, ``chain`` the id of a graph where the
    archive holds several. What the graph holds is dropped once the archive was found whole.
    """
    with locked(graph, any_chain=True, anew=True) as ledger:
        own = archive_of(graph, ledger)
        source = _source(own, url or own.url, chain)
        links = chain_of(source)
        if source.graph != own.graph or source.url != own.url:
            _adopt(source, own, links)
        otherwise = refill(graph, ledger, own, links, progress)
        return links[-1] if links else None, otherwise


def _source(own: Archive, url: str, chain: str | None) -> Archive:
    known = Archive(url, "").graphs()
    if chain is None:
        chain = own.graph if own.graph in known else known[0] if len(known) == 1 else None
    if chain is None or chain not in known:
        which = f"it has {', '.join(known)}" if known else "it has none"
        raise AskedWrong(f"which chain of {url} to rebuild from?", parameter="chain", hint=which)
    return Archive(url, chain)


def _adopt(source: Archive, own: Archive, links: list[Link]) -> None:
    """Copy a chain and its objects into this graph's own archive."""
    if own.links():
        raise AskedWrong(
            "this graph has a chain of its own",
            parameter="chain",
            hint="rebuild another one in a new graph",
        )
    for digest in sorted({one.sha256 for link in links for one in link.objects}):
        source.copy(digest, own)
    for link in links:
        own.add(link)


def refill(
    graph: Graph, ledger: Ledger, archive: Archive, links: list[Link], progress: Progress
) -> list[str]:
    """Make a ledger of these links anew beside the old one, put it in its place, write the graph.

    Return what `replay` does.
    """
    folder = ledger.path.parent
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    with Ledger(fresh) as made:
        otherwise = replay(archive, links, made, progress)
        with made.transaction():
            progress("derive", 0, 1)
            total = projection.plan(made)
            measured.keep(made, len(links))
            projection.wiping(made)
    ledger.close()
    shutil.rmtree(folder)
    fresh.rename(folder)
    with Ledger(folder) as made:
        captured.keep(made)
        project(made, graph, progress, total)
    return otherwise
