"""What the tasks' options mean, by name, as `--help` shows it; a task may say it otherwise."""

HELP = {
    "check": "write nothing: show what would change, and exit 1 if anything would",
    "clear": "make it again",
    "cooldown": "the age in days of what is new; 0 for any (default: 7, in pyproject.toml)",
    "dry_run": "only show what would change",
    "fix": "fix what can be fixed",
    "hooks": "the git hook (--no-hooks: none)",
    "installer": "uv or pip (default: the locked uv)",
    "layer": "a layer: the NAME of requirements-NAME.txt; repeatable",
    "offline": "with --check: compare with the hand-written files alone",
    "osv_url": "where another OSV service answers, such as a company's",
    "output": "the file to write (default: sbom-LAYER.cdx.json)",
    "package": "its name; several at once",
    "python": "the Python to use: a version (3.12), a path, or a name on the PATH",
    "rename": "another name for this project, instead of the template's changes",
    "service": "who is asked: pypi (the default) or osv",
    "source": "the template's address or path (default: the recorded one)",
    "to": "the branch, tag or commit to go to (default: the default branch)",
    "upgrade": "take the newest version of everything",
    "venv": "remove venv/ and the project's .egg-info too",
    # template: begin
    "all": "the template's own tests, too",
    "bare": "leave the worked example out: an empty package, nothing required",
    "force": "even if something isn't committed",
    "name": "what to call it: churn-lab, and the package is churn_lab",
    "path": "the folder to make",
    "setup": "set it up and test it (--no-setup: leave it at that)",
    # template: end
}
# What a project says of itself.
OWN = {
    "author": "who wrote it",
    "email": "the author's e-mail address",
    "url": "its address on the web",
    "description": "what it does, in a sentence",
    "version": "its version, such as 0.1",
    "python": "the Pythons that the package supports, such as >=3.11",
    "license": "MIT, Proprietary, or a file with the text",
    "year": "the year in LICENSE",
}
