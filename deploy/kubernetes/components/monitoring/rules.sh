#!/bin/sh
# Writes rules.yaml: the rules of deploy/prometheus in the operator's envelope. They are written once, there; a test says when this is to be run again.
set -eu
cd "$(dirname "$0")"
{
  cat <<'HEAD'
# Written by rules.sh from deploy/prometheus/rules: change them there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: hotshelf
  labels: { release: kube-prometheus-stack }
spec:
  groups:
HEAD
  for file in ../../../prometheus/rules/recording.yml ../../../prometheus/rules/alerts.yml; do
    sed -e '/^groups:/d' -e '/^#/d' -e 's/^\(.\)/  \1/' "$file"
  done
} >rules.yaml
