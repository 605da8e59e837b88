# The image of every `vitals` command. The locked packages are a layer of their own, rebuilt only when uv.lock changes.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv
WORKDIR /app
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-dev --no-install-project
COPY schemas schemas
COPY stream stream
COPY agents agents
RUN uv sync --locked --no-dev --no-editable

FROM python:3.13-slim
# Nothing is written but to /tmp, so the root file system may be read-only.
RUN useradd --uid 10001 --no-create-home vitals
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER vitals
CMD ["vitals", "worker"]
