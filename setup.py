"""What the package is called and what it needs, for pip and other installers."""

import re
from pathlib import Path
from typing import List

from setuptools import find_namespace_packages, setup

try:  # setuptools brings packaging along, since version 71 under its own name
    from packaging.requirements import InvalidRequirement, Requirement
except ImportError:
    from setuptools.extern.packaging.requirements import InvalidRequirement, Requirement  # type: ignore[no-redef]

BASE_DIR = Path(__file__).resolve().parent
REFUSED = [  # what pip reads in a requirements file and install_requires can't hold, and what to write instead
    (r".*\\$", "put the whole requirement on one line"),
    (r".*\s--hash\b", "hashes belong in the locks, which `invoke freeze` writes"),
    (
        r"(-r|--requirement)\b",
        "list the packages here instead, or put tools in requirements-dev.in",
    ),
    (r"(-c|--constraint)\b", "write the bound behind the package's name, such as numpy<3"),
    (r"(-e|--editable)\b", "write NAME @ URL"),
    (r"-", "pip's options belong in pip's configuration (pip config set)"),
    (r"[A-Za-z0-9+.-]+:/", "write NAME @ URL"),
    (
        r"(\.|/|~|[A-Za-z]:\\)|[^@]*\.(whl|zip|tar\.gz)$",
        "a path is of one machine: publish the package, or write NAME @ URL",
    ),
]


def read_requirements(path: Path) -> List[str]:
    """Read the requirements in a file, one a line: exact (==), above (>=) or no version; markers, extras, NAME @ URL.

    Comments, blank lines, a byte order mark and any line ending are passed over. Ends with one line that names the
    file, the line and the remedy for what install_requires can't hold.
    """
    requirements = []
    for number, text in enumerate(decoded(path.read_bytes(), path.name).splitlines(), start=1):
        requirement = re.sub(r"(^|\s)#.*", "", text).strip()
        problem = problem_of(requirement) if requirement else ""
        if problem:
            raise SystemExit(f"{path.name}, line {number}: {problem}")
        if requirement:
            requirements.append(requirement)
    return requirements


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file called `name`; end with one line if it isn't UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise SystemExit(f"{name} is UTF-16 (PowerShell's `>` writes that): save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SystemExit(f"{name}, line {line}: not UTF-8: save the file as UTF-8.") from None


def problem_of(requirement: str) -> str:
    """Return why a line can't be a package's requirement, and what to write; "" if it can."""
    for pattern, remedy in REFUSED:
        if re.match(pattern, requirement):
            return f"“{requirement}” can't be a package's requirement: {remedy}."
    try:
        Requirement(requirement)
    except InvalidRequirement:
        return f"“{requirement}” is no requirement: write NAME, NAME>=1.0 or NAME==1.0."
    return ""


if __name__ == "__main__":
    setup(
        name="tagifai",
        version="0.1",
        description="Classify machine learning projects.",
        long_description=(BASE_DIR / "README.md").read_text(encoding="utf-8"),
        long_description_content_type="text/markdown",
        author="Goku Mohandas",
        author_email="goku@madewithml.com",
        url="https://madewithml.com/",
        # template: begin
        project_urls={
            "Lesson": "https://madewithml.com/courses/mlops/packaging/",
            "Course": "https://github.com/GokuMohandas/mlops-course",
        },
        # template: end
        license="MIT",
        classifiers=[
            "Intended Audience :: Developers",
            "Intended Audience :: Science/Research",
            "Operating System :: OS Independent",
            "Programming Language :: Python :: 3",
            "Topic :: Scientific/Engineering :: Artificial Intelligence",
            # example: begin
            "Typing :: Typed",
            # example: end
        ],
        python_requires=">=3.7",
        packages=find_namespace_packages(
            include=["tagifai", "tagifai.*"],
            exclude=["*.__pycache__"],
        ),
        install_requires=read_requirements(BASE_DIR / "requirements.txt"),
        # example: begin
        package_data={"tagifai": ["py.typed", "datasets/*.csv"]},
        entry_points={"console_scripts": ["tagifai = tagifai.__main__:run"]},
        # example: end
    )
