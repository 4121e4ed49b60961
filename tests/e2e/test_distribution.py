"""What a release uploads: the wheel, the source distribution, and what the index shows of them."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from email import message_from_bytes
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from scripts.project import HOME
from tests.running import BIN, ROOT
from tests.taps import TAPS

if TYPE_CHECKING:
    from email.message import Message

VERSION = version("identity-taps")
PACKAGES = {"access_review", "identity_sdk", *(tap.replace("-", "_") for tap in TAPS)}
LEFT_OUT = (".ci/", ".github/")
"""What only the repository needs."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both; the wheel is built from the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    command: list[str | Path] = [BIN / "uv", "build", "--quiet", "--out-dir", folder, ROOT]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture
def source(built: Path) -> Path:
    (path,) = built.glob("*.tar.gz")
    return path


@pytest.fixture
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as file:
        (name,) = (each for each in file.namelist() if each.endswith(".dist-info/METADATA"))
        return message_from_bytes(file.read(name))


def files_of(*folders: str) -> set[str]:
    """The files of some folders of this project, but for what Python has left there."""
    paths = (path for each in folders for path in (ROOT / each).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in paths if path.parent.name != "__pycache__"}


def test_the_wheel_has_all_files_of_its_packages_and_nothing_else(wheel: Path) -> None:
    """Schemas, SQL and templates among them; neither tests nor sandbox."""
    with zipfile.ZipFile(wheel) as file:
        names = {each for each in file.namelist() if ".dist-info/" not in each}
        license_text = file.read(f"identity_taps-{VERSION}.dist-info/licenses/LICENSE")
    assert names == files_of(*PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    for tap, each in TAPS.items():
        schemas = f"{tap.replace('-', '_')}/schemas"
        assert {f"{schemas}/{stream.name}.json" for stream in each.stream_types} <= names
    assert {Path(name).suffix for name in names if name.startswith("access_review/")} >= {
        ".css", ".j2", ".sql",
    }  # fmt: skip
    assert license_text == (ROOT / "LICENSE").read_bytes()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a clone knows what belongs to it")
def test_the_source_distribution_has_what_the_repository_has(source: Path) -> None:
    """So that whoever packages it can run the tests, and read the docs."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    with tarfile.open(source) as file:
        names = {each.partition("/")[2] for each in file.getnames()}
    assert names == {name for name in wanted if not name.startswith(LEFT_OUT)} | {"PKG-INFO"}
    assert {"tests/conftest.py", "docs/operating.md", "requirements.lock", "Makefile"} <= names


def test_the_index_takes_them(wheel: Path, source: Path) -> None:
    command: list[str | Path] = [BIN / "twine", "check", "--strict", wheel, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_links_of_the_readme_work_on_the_index(metadata: Message) -> None:
    """Relative ones would lead nowhere there; these lead to the files of this version."""
    text = metadata.get_payload()
    assert isinstance(text, str)
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert [each for each in targets if not each.startswith(("https://", "#"))] == []
    own = [each for each in targets if each.startswith(f"{HOME}/")]
    pages = [re.fullmatch(rf"{HOME}/(raw|blob)/v{VERSION}/(.*)", each) for each in own]
    paths = [(page[1], urlsplit(page[2]).path) for page in pages if page]
    assert len(paths) == len(own) > 10
    assert [path for _, path in paths if not (ROOT / path).exists()] == []
    shown = {path for kind, path in paths if kind == "raw"}
    assert shown == set(re.findall(r"!\[[^\]]*\]\((?!https)([^)]+)\)", readme()))


def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_the_metadata_say_where_the_project_is(metadata: Message) -> None:
    urls = dict(each.split(", ") for each in metadata.get_all("Project-URL", []))
    assert {"Homepage", "Documentation", "Changelog", "Issues"} <= urls.keys()
    assert all(url == HOME or url.startswith(f"{HOME}/") for url in urls.values())
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Maintainer"]


def test_the_version_has_its_heading_in_the_changelog() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert next(each for each in headings if each != "Unreleased") == VERSION


def test_a_new_environment_runs_every_command(wheel: Path, tmp_path: Path) -> None:
    """What the wheel requires is enough: nothing of the development environment is there."""
    environment = tmp_path / "environment"
    uv = str(BIN / "uv")
    subprocess.run([uv, "venv", "--quiet", environment], check=True)
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", environment]
    subprocess.run([*install, f"{wheel}[review]"], check=True)
    commands = [*([tap, "--about"] for tap in TAPS), ["access-review", "--help"]]
    scripts = entry_points(group="console_scripts")
    ours = {each.name for each in scripts if each.dist and each.dist.name == "identity-taps"}
    assert {command for command, _ in commands} == ours
    for command, option in commands:
        done = subprocess.run(
            [str(environment / "bin" / command), option],
            cwd=tmp_path,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert command in done.stdout
    ask = [str(environment / "bin" / "tap-logto"), "--version"]
    told = subprocess.run(ask, capture_output=True, text=True, check=True, env={})
    assert VERSION in told.stdout
