# An image of the command, from what is locked and built here; to do without: delete this file and .dockerignore.
#   python3 tasks.py build && docker build -t tagifai . && docker run --rm tagifai predict "Serving BERT"
# The Python is one that the locks serve; pin the image by its digest once you deploy it.
FROM python:3.14-slim AS build
RUN python -m venv /opt/venv
COPY requirements-prod.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/venv/bin/python -m pip install --require-hashes --only-binary :all: -r /tmp/requirements-prod.txt
COPY dist/*.whl /tmp/dist/
RUN /opt/venv/bin/python -m pip install --no-index --no-deps /tmp/dist/*.whl \
    && /opt/venv/bin/python -m pip uninstall --yes pip

FROM python:3.14-slim
RUN useradd --system --no-create-home --uid 10001 app
COPY --from=build /opt/venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH" PYTHONUNBUFFERED=1
USER 10001
ENTRYPOINT ["tagifai"]
