"""``evalkit backup`` and ``evalkit restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import Session, common, reading
from evalkit.cli.showing import print_json, say, translate

if TYPE_CHECKING:
    from evalkit.store.backup import Backup

ANY = click.Path(path_type=Path)


@click.command()
@click.option("--out", type=ANY, help="Where it comes: a .zip file, or else a folder.")
@click.option("--with-keys", is_flag=True, help="Put the keys of pseudonyms in as well.")
@click.option("--check", type=ANY, metavar="PATH", help="Check a backup instead: every hash.")
@reading
def backup(session: Session, out: Path | None, with_keys: bool, check: Path | None) -> None:
    """Write the whole workspace to one file or folder, also while others use it.

    Without --with-keys the keys that pseudonyms are made with stay out: a workspace restored from
    it can be read and analysed, and takes no new data of persons until its school puts them back.
    """
    from evalkit.workspace import backups

    if (out is None) == (check is None):
        raise click.UsageError("Give either --out, to make one, or --check, to check one.")
    if check is not None:
        if with_keys:
            raise click.UsageError("--with-keys goes with --out.")
        made = backups.check(check)
    else:
        assert out is not None
        with session.open() as workspace:
            made = backups.make(workspace, out, with_keys=with_keys)
    _show(session, made, check or out)


def _show(session: Session, made: Backup, path: Path | None) -> None:
    t = translate(session.lang)
    if session.as_json:
        print_json({"path": str(path), "fingerprint": made.fingerprint, **_told(made)})
        return
    size = sum(file.bytes for file in made.manifest.files.values())
    text = t("{path}: {count} submissions in {files} files, {size} kB, all whole.")
    files, count = len(made.manifest.files), made.manifest.submissions
    say(text.format(path=path, count=count, files=files, size=-(-size // 1000)))
    say(t("Fingerprint: {hash}").format(hash=made.fingerprint))
    if made.manifest.with_keys:
        say(t("The keys of pseudonyms are in it: keep it as safe as the names themselves."))
    else:
        say(t("The keys of pseudonyms are not in it; keep a copy of those apart."))


def _told(made: Backup) -> dict[str, object]:
    manifest = made.manifest
    return {
        "made_at": manifest.made_at.isoformat(),
        "evalkit": manifest.evalkit,
        "submissions": manifest.submissions,
        "with_keys": manifest.with_keys,
        "files": {name: file.sha256 for name, file in manifest.files.items()},
    }


@click.command()
@click.argument("file", type=ANY)
@common
def restore(session: Session, file: Path) -> None:
    """Make a workspace of backup FILE, in the empty or new folder of -w.

    All of it is checked first; of a damaged one nothing is written.
    """
    from evalkit.workspace import backups

    t = translate(session.lang)
    made = backups.restore(file, session.path)
    text = t("Restored to {path}: {count} submissions, as they were on {moment}.")
    moment = f"{made.manifest.made_at:%Y-%m-%d %H:%M} UTC"
    say(text.format(path=session.path, count=made.manifest.submissions, moment=moment))
    say(t("Fingerprint: {hash}").format(hash=made.fingerprint))
    if not made.manifest.with_keys:
        say(t("The keys of pseudonyms are not in it: put them back in {path}.").format(
            path=session.path / "keys"))  # fmt: skip
