#!/bin/sh
# Install PostgreSQL for the benchmark, from the distribution's own package, where there is none.
set -eu
if command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "bench: no PostgreSQL here; it will be left out. As root on Debian: apt-get install postgresql" >&2
  exit 0
fi
# the package would make and start a cluster of its own, which nobody here needs
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
apt-get update --quiet
DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends postgresql
