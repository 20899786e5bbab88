#!/bin/sh
# Starts the sidecar with the Node beside it, wherever this folder is, also by symbolic links to this file.
self=$0
case $self in */*) ;; *) self=$(command -v -- "$self") ;; esac
while [ -L "$self" ]; do
  target=$(readlink "$self") || exit 126
  case $target in
    /*) self=$target ;;
    *) self=${self%/*}/$target ;;
  esac
done
lib=$(CDPATH='' cd -- "${self%/*}/../lib" && pwd -P) || exit 126
exec "$lib/node" --disable-sigusr1 "$lib/app/kafka-token-sidecar.js" "$@"
