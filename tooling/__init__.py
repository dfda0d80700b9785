"""How the tasks in tasks.py do their work. Nothing here ships with the package."""
