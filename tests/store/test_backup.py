"""A backup holds everything of one moment; what is not whole is not restored."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.errors import EvalkitError, FindingsError
from evalkit.store import DamagedError, MissingError, Store
from evalkit.store.backup import Backup, check_backup, make_backup, restore_backup

from . import builders, crash

KEY = "ab" * 32 + "\n"


@pytest.fixture
def filled(store: Store) -> Store:
    (first,) = store.add_submissions([(builders.submission(), builders.frame())])
    new = builders.submission(supersedes=(first.id,), reason="Fout.")
    store.add_submissions([(new, builders.frame(3, 1.0))])
    store.add_submissions(crash.batch(3))
    store.vault.put(builders.frame(9, 9.0))  # Of nobody: a batch that failed left it.
    (store.folder / "keys").mkdir()
    (store.folder / "keys" / "north.key").write_text(KEY)
    (store.folder / "holidays.yaml").write_text("years: []\n")
    (store.folder / "notities.txt").write_text("van iemand anders")
    return store


def backed_up(store: Store, out: Path, with_keys: bool = False) -> Backup:
    return make_backup(store, out, made_at=builders.NOW, evalkit="0.1", with_keys=with_keys)


def codes(path: Path) -> set[str]:
    _, findings = check_backup(path)
    assert all(f.is_error and f.wrong.nl and f.remedy.nl for f in findings)
    return {f.code for f in findings}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


KINDS = pytest.mark.parametrize("name", ["kopie.zip", "kopie"])


@KINDS
@pytest.mark.parametrize("with_keys", [False, True])
def test_what_is_restored_is_what_was_there(
    filled: Store, tmp_path: Path, name: str, with_keys: bool
) -> None:
    out, target = tmp_path / "ver" / name, tmp_path / "terug" / "diep"
    made = backed_up(filled, out, with_keys)
    assert check_backup(out) == (made, ())
    assert restore_backup(out, target) == made
    with Store.open(target) as restored:
        assert restored.submissions() == filled.submissions()
        assert restored.projects() == filled.projects()
        for kept in filled.submissions():
            assert restored.rows(kept).equals(filled.rows(kept))
            assert restored.submission_events(kept.id) == filled.submission_events(kept.id)
        new = builders.submission(wave="follow_up")
        restored.add_submissions([(new, builders.frame())])
    there = {path.name for path in target.iterdir() if "evalkit.sqlite" not in path.name}
    assert there == {"vault", "holidays.yaml", *(["keys"] if with_keys else [])}
    blobs = {kept.blob for kept in filled.submissions()}
    assert {p.stem for p in (target / "vault").rglob("*.parquet") if p.stem in blobs} == blobs
    assert filled.vault.put(builders.frame(9, 9.0)) not in blobs
    if with_keys:
        key = target / "keys" / "north.key"
        assert key.read_text() == KEY
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert made.manifest.submissions == 5
    assert made.manifest.with_keys is with_keys


@KINDS
def test_a_key_is_nowhere_in_a_backup_without_keys(
    filled: Store, tmp_path: Path, name: str
) -> None:
    backed_up(filled, tmp_path / name)
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            archive.extractall(tmp_path / "uit")
    found = files(tmp_path / ("uit" if name.endswith(".zip") else name))
    assert not any(path.startswith("keys") for path in found)
    assert all(KEY.strip().encode() not in content for content in found.values())
    assert set(json.loads(found["manifest.json"])["files"]) == found.keys() - {"manifest.json"}


def test_the_fingerprint_is_that_of_the_manifest(filled: Store, tmp_path: Path) -> None:
    one, other = (backed_up(filled, tmp_path / name) for name in ("een.zip", "twee"))
    assert one.fingerprint == other.fingerprint
    assert backed_up(filled, tmp_path / "drie.zip", True).fingerprint != one.fingerprint


def test_only_its_owner_may_read_it(filled: Store, tmp_path: Path) -> None:
    backed_up(filled, tmp_path / "kopie.zip", True)
    assert stat.S_IMODE((tmp_path / "kopie.zip").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["er.zip", "map", "vol"])
def test_nothing_is_overwritten(filled: Store, tmp_path: Path, name: str) -> None:
    there = tmp_path / name
    if name == "vol":
        there.mkdir()
        (there / "a").write_text("b")
    else:
        there.write_text("iets anders")
    before = files(tmp_path)
    with pytest.raises(EvalkitError) as caught:
        backed_up(filled, there)
    assert caught.value.finding.code == "file.exists"
    assert files(tmp_path) == before


@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_of_a_damaged_workspace_no_backup_is_made(filled: Store, tmp_path: Path, harm: str) -> None:
    blob = filled.submissions()[0].blob
    path = filled.folder / "vault" / blob[:2] / f"{blob}.parquet"
    path.chmod(0o644)
    if harm == "lost":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises((MissingError, DamagedError)) as caught:
        backed_up(filled, tmp_path / "kopie.zip")
    assert caught.value.path == path
    assert sorted(p.name for p in tmp_path.iterdir()) == [filled.folder.name]


# Damage


def zipped(
    path: Path, out: Path, change: Callable[[zipfile.ZipFile], None] = lambda _: None
) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in sorted(files(path).items()):
            archive.writestr(name, content)
        change(archive)


def harmless(folder: Path) -> None:
    pass


def first_blob(folder: Path) -> Path:
    return next((folder / "vault").rglob("*.parquet"))


def lose_rows(folder: Path) -> None:
    first_blob(folder).unlink()


def lose_rows_and_say_so(folder: Path) -> None:
    lost = first_blob(folder).relative_to(folder).as_posix()
    first_blob(folder).unlink()
    change_manifest(folder, lambda said: said["files"].pop(lost))


def change_rows(folder: Path) -> None:
    first_blob(folder).write_bytes(b"x")


def change_rows_and_say_so(folder: Path) -> None:
    from hashlib import sha256

    blob = first_blob(folder)
    blob.write_bytes(b"x")
    name = blob.relative_to(folder).as_posix()
    said = {"sha256": sha256(b"x").hexdigest(), "bytes": 1}
    change_manifest(folder, lambda manifest: manifest["files"].update({name: said}))


def change_manifest(folder: Path, change: Callable[[dict], object]) -> None:  # type: ignore[type-arg]
    path = folder / "manifest.json"
    said = json.loads(path.read_text())
    change(said)
    path.write_text(json.dumps(said))


def put_another_in(folder: Path) -> None:
    (folder / "vault" / "extra.txt").write_text("x")


def put_a_key_in(folder: Path) -> None:
    (folder / "keys").mkdir()
    (folder / "keys" / "north.key").write_text(KEY)


def give_the_database_a_trigger(folder: Path) -> None:
    import sqlite3
    from contextlib import closing
    from hashlib import sha256

    path = folder / "evalkit.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER t AFTER INSERT ON submission BEGIN SELECT 1; END")
        connection.commit()
    content = path.read_bytes()
    said = {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    change_manifest(folder, lambda manifest: manifest["files"].update({"evalkit.sqlite": said}))


HARMS: list[tuple[Callable[[Path], None], set[str]]] = [
    (harmless, set()),
    (lose_rows, {"backup.file_missing"}),
    (lose_rows_and_say_so, {"backup.file_missing"}),
    (change_rows, {"backup.file_changed"}),
    (change_rows_and_say_so, {"backup.file_changed"}),
    (put_another_in, {"backup.strange"}),
    (put_a_key_in, {"backup.strange"}),
    (give_the_database_a_trigger, {"backup.file_changed"}),
    (lambda f: (f / "evalkit.sqlite").write_bytes(b"x" * 999), {"backup.file_changed"}),  # type: ignore[list-item, return-value]
    (lambda f: (f / "evalkit.sqlite").unlink(), {"backup.file_missing"}),
    (lambda f: (f / "manifest.json").unlink(), {"backup.not_one"}),
    (lambda f: (f / "manifest.json").write_text("[" * 9999), {"backup.not_one"}),  # type: ignore[list-item, return-value]
    (lambda f: change_manifest(f, lambda m: m.update(version=2)), {"backup.newer"}),
    (lambda f: change_manifest(f, lambda m: m.update(revision="9999")), {"backup.newer"}),
    (lambda f: change_manifest(f, lambda m: m.update(revision="0001")), {"backup.file_changed"}),
    (lambda f: change_manifest(f, lambda m: m["files"].pop("evalkit.sqlite")), {"backup.not_one"}),
    (lambda f: change_manifest(f, lambda m: m.update(files=[])), {"backup.not_one"}),
]


@KINDS
@pytest.mark.parametrize(("harm", "expected"), HARMS, ids=[str(i) for i in range(len(HARMS))])
def test_what_is_not_whole_is_not_restored(
    filled: Store, tmp_path: Path, name: str, harm: Callable[[Path], None], expected: set[str]
) -> None:
    folder, target = tmp_path / "kopie", tmp_path / "terug"
    backed_up(filled, folder)
    harm(folder)
    if name.endswith(".zip"):
        zipped(folder, tmp_path / name)
    assert codes(tmp_path / name) == expected
    if expected:
        with pytest.raises(FindingsError):
            restore_backup(tmp_path / name, target)
        assert not target.exists()
    else:
        restore_backup(tmp_path / name, target)


def test_all_that_is_wrong_is_said_at_once(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "kopie"
    backed_up(filled, folder)
    (folder / "holidays.yaml").unlink()
    change_rows(folder)
    put_another_in(folder)
    assert codes(folder) == {"backup.file_missing", "backup.file_changed", "backup.strange"}


@pytest.mark.parametrize(
    "name",
    ["../weg.txt", "/tmp/weg.txt", "vault/../../weg.txt", "C:\\weg.txt", "vault\\..\\weg.txt",
     "keys/../evalkit.sqlite", "evalkit.sqlite-wal", ".evalkit", "vault/ab/" + "ab" * 32],
)  # fmt: skip
@pytest.mark.parametrize("said", [False, True])
def test_no_path_leads_out(filled: Store, tmp_path: Path, name: str, said: bool) -> None:
    from hashlib import sha256

    folder = tmp_path / "kopie"
    backed_up(filled, folder)
    if said:
        file = {"sha256": sha256(b"x").hexdigest(), "bytes": 1}
        change_manifest(folder, lambda manifest: manifest["files"].update({name: file}))
    zipped(folder, tmp_path / "k.zip", lambda archive: archive.writestr(name, b"x"))
    assert "backup.strange" in codes(tmp_path / "k.zip")
    before = files(tmp_path)
    with pytest.raises(FindingsError):
        restore_backup(tmp_path / "k.zip", tmp_path / "terug")
    assert files(tmp_path) == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_no_link_is_followed(filled: Store, tmp_path: Path, what: str) -> None:
    folder, away = tmp_path / "kopie", tmp_path / "elders"
    backed_up(filled, folder)
    linked = folder / "holidays.yaml" if what == "file" else folder / "vault"
    shutil.move(linked, away)
    linked.symlink_to(away)
    assert codes(folder) <= {"backup.file_missing", "backup.file_changed"}
    assert codes(folder)


def test_two_of_one_name_are_refused(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "kopie"
    backed_up(filled, folder)

    def again(archive: zipfile.ZipFile) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("holidays.yaml", b"years: []\n")

    zipped(folder, tmp_path / "k.zip", again)
    assert codes(tmp_path / "k.zip") == {"backup.strange"}


def test_cut_off_or_scratched_anywhere_it_is_refused_or_whole(
    filled: Store, tmp_path: Path
) -> None:
    backed_up(filled, tmp_path / "heel.zip")
    whole = (tmp_path / "heel.zip").read_bytes()
    chance = random.Random(5)
    harmed = tmp_path / "stuk.zip"
    for _ in range(40):
        harmed.write_bytes(whole[: chance.randrange(len(whole))])
        assert codes(harmed)
    sound = check_backup(tmp_path / "heel.zip")
    for _ in range(120):
        place = chance.randrange(len(whole))
        scratched = bytes([whole[place] ^ (1 << chance.randrange(8))])
        harmed.write_bytes(whole[:place] + scratched + whole[place + 1 :])
        # A bit of a time or an access right in the zip itself changes nothing that counts.
        assert codes(harmed) or check_backup(harmed) == sound


@pytest.mark.parametrize("content", [b"", b"PK", b"geen zip" * 99])
def test_what_is_no_backup_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "iets.zip").write_bytes(content)
    assert codes(tmp_path / "iets.zip") == {"backup.unreadable"}
    (tmp_path / "map").mkdir()
    assert codes(tmp_path / "map") == {"backup.not_one"}
    with pytest.raises(EvalkitError) as caught:
        check_backup(tmp_path / "weg.zip")
    assert caught.value.finding.code == "file.missing"


# Where it goes


@pytest.mark.parametrize("there", ["workspace", "file in it", "file"])
def test_it_is_restored_into_an_empty_folder_only(
    filled: Store, tmp_path: Path, there: str
) -> None:
    backed_up(filled, tmp_path / "k.zip")
    target = filled.folder if there == "workspace" else tmp_path / "terug"
    if there == "file in it":
        target.mkdir()
        (target / "brief.txt").write_text("x")
    elif there == "file":
        target.write_text("x")
    before = files(tmp_path)
    with pytest.raises(EvalkitError) as caught:
        restore_backup(tmp_path / "k.zip", target)
    assert caught.value.finding.code == "backup.target_used"
    assert files(tmp_path) == before


def test_of_two_restores_at_once_one_wins(filled: Store, tmp_path: Path) -> None:
    backed_up(filled, tmp_path / "k.zip")
    target = tmp_path / "terug"
    outcomes: list[str] = []

    def restore() -> None:
        try:
            restore_backup(tmp_path / "k.zip", target)
            outcomes.append("restored")
        except (EvalkitError, OSError) as error:
            outcomes.append(type(error).__name__)

    workers = [threading.Thread(target=restore) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert outcomes.count("restored") == 1
    with Store.open(target) as restored:
        for kept in filled.submissions():
            assert restored.rows(kept).equals(filled.rows(kept))


def test_a_backup_while_others_write_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    process, line = crash.start(crash.write_until_killed, store.folder, range(1000))
    assert line.poll(20)
    line.recv()
    counts = []
    for number in range(5):
        out = tmp_path / f"{number}.zip"
        made = backed_up(store, out)
        assert codes(out) == set()
        assert made.manifest.submissions % crash.BATCH == 0
        counts.append(made.manifest.submissions)
    process.kill()
    process.join(20)
    assert counts == sorted(counts)
    restore_backup(out, tmp_path / "terug")
    with Store.open(tmp_path / "terug") as restored:
        assert len(restored.submissions()) == counts[-1]
        for kept in restored.submissions():
            assert len(restored.rows(kept)) == kept.rows
