#!/bin/sh
# Makes in ./generated what compose.yaml mounts: a CA and certificates for 30 days, the key of the gateway, the secret of the team.
set -eu
cd "$(dirname "$0")"
if [ -e generated ]; then
  echo "$PWD/generated is there already; remove it to begin anew" >&2
  exit 1
fi
# Others on this host do not get into it. In the containers, the users of the images have to read what is mounted from it.
mkdir -m 700 generated
umask 022
sidecar() { docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD/generated:/generated" kafka-token-sidecar:0.1.0 "$@"; }

key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $key -subj "/CN=CA to try with" -days 30 -keyout generated/ca-key.pem -out generated/ca.pem 2> /dev/null
for name in keycloak kafka gateway; do
  printf 'subjectAltName=DNS:%s,DNS:localhost\nbasicConstraints=critical,CA:FALSE\n' "$name" > generated/extensions
  openssl req $key -subj "/CN=$name" -keyout "generated/$name-key.pem" -out generated/request 2> /dev/null
  openssl x509 -req -in generated/request -CA generated/ca.pem -CAkey generated/ca-key.pem -days 30 \
    -set_serial "0x$(openssl rand -hex 8)" -extfile generated/extensions -out "generated/$name.pem" 2> /dev/null
done
rm generated/request generated/extensions
# Kafka takes both in one file.
cat generated/kafka.pem >> generated/kafka-key.pem

# Keycloak gets the public half, the gateway keeps the private one.
jwk=$(sidecar keys generate --algorithm ES256 --out /generated/orders.pem | tr -d ' \n' | sed 's/"/\\\\"/g')
sed "s|PUBLIC_KEY|$jwk|" realm.json > generated/realm.json
# The client keeps the secret, the gateway gets its hash.
hash=$(sidecar secret generate --out /generated/orders.secret)
sed "s|ORDERS_HASH|$hash|" gateway.yaml > generated/gateway.yaml
chmod 644 generated/*
chmod 600 generated/ca-key.pem
echo 'Now: docker compose up'
