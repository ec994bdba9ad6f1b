# A bureau in a container: docs/bureau.md, "In a container". No test builds this image: where the project is tested there is no
# container engine. What it runs is what the tests run: pip's package, on Debian.
FROM python:3.12-slim-trixie

WORKDIR /usr/src/biomatch
COPY pyproject.toml README.md LICENSE ./
COPY biomatch biomatch
COPY models models
COPY sample_data sample_data
RUN pip install --no-cache-dir '.[postgres]' && rm -rf /usr/src/biomatch

# Kernels are compiled once, at the first start, and kept with the gallery's volume.
ENV NUMBA_CACHE_DIR=/gallery/kernels BIOMATCH_GALLERY=/gallery/bureau
RUN useradd --create-home --uid 1000 biomatch && install -d -o biomatch -m 700 /gallery
USER biomatch
WORKDIR /home/biomatch
VOLUME /gallery
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=5m CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz')"]
ENTRYPOINT ["biomatch"]
CMD ["serve", "--host", "0.0.0.0"]
