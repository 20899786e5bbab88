#!/bin/sh
# Certificates to try the example with, valid for 30 days, in the folder where this is run: a CA (ca.pem), the certificate of the
# gateway (gateway.pem), and key and certificate of the team reports in one file, as Java takes them (reports-client.pem).
set -eu
umask 077
key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
request=$(mktemp)
trap 'rm -f "$request" "$request.ext"' EXIT

issue() { # name of the files, subject alternative names, purpose
  printf 'subjectAltName=%s\nextendedKeyUsage=%s\nbasicConstraints=critical,CA:FALSE\n' "$2" "$3" > "$request.ext"
  openssl req $key -subj "/CN=$1" -keyout "$1-key.pem" -out "$request" 2> /dev/null
  openssl x509 -req -in "$request" -CA ca.pem -CAkey ca-key.pem -set_serial "0x$(openssl rand -hex 8)" -days 30 \
    -extfile "$request.ext" -out "$1.pem" 2> /dev/null
}

openssl req -x509 $key -subj "/CN=CA to try with" -days 30 -keyout ca-key.pem -out ca.pem 2> /dev/null
issue gateway DNS:localhost,DNS:tokens.example,IP:127.0.0.1 serverAuth
issue reports-client DNS:reports.example clientAuth
cat reports-client-key.pem >> reports-client.pem
rm reports-client-key.pem
