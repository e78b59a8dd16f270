# The command line and the API, for a graph that is a server of its own.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/boardtrace
COPY requirements.lock /build/
RUN /opt/boardtrace/bin/pip install --quiet --require-hashes --requirement /build/requirements.lock
COPY pyproject.toml README.md LICENSE /build/
COPY cypher /build/cypher
COPY src /build/src
RUN /opt/boardtrace/bin/pip install --quiet --no-deps --no-build-isolation /build

FROM python:3.11-slim
COPY --from=build /opt/boardtrace /opt/boardtrace
# A volume that is new takes over the owner of the folder.
RUN useradd --create-home --uid 10001 boardtrace && install -d -o boardtrace -g boardtrace -m 0700 /data
ENV PATH=/opt/boardtrace/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BOARDTRACE_DATA=/data
USER boardtrace
WORKDIR /home/boardtrace
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["boardtrace"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
