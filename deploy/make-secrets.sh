#!/bin/sh
# Makes the two files that docker-compose.yml mounts, once: the database's password, and the address with it. They stay out of git and of the image.
set -eu
cd "$(dirname "$0")"
if [ -e secrets/postgres-password ] || [ -e secrets/database-url ]; then
  echo "deploy/secrets is there already: a database that was made with that password keeps it" >&2
  exit 1
fi
umask 077
mkdir -p secrets
password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" > secrets/postgres-password
printf 'postgresql://sluice_owner:%s@postgres:5432/sluice\n' "$password" > secrets/database-url
# Compose mounts them as they are, and the containers' users must read them; the directory lets nobody else in.
chmod 0644 secrets/postgres-password secrets/database-url
