# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS build
RUN pip install --no-cache-dir 'uv>=0.9'
WORKDIR /app
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY src src
COPY migrations migrations
COPY samples samples
RUN uv sync --frozen --no-dev --no-editable

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data ocop-hub && install -d -o ocop-hub /data
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH OCOP_HUB_DATA_DIR=/data OCOP_HUB_HOST=0.0.0.0
USER ocop-hub
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["ocop-hub", "serve"]
