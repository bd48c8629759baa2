# Written by npm run synth: the image with the files that are mounted on Kubernetes.
FROM ghcr.io/yourorg/ephitup:latest
COPY --chmod=444 files/ephitup/etc/ephitup/supervisord.conf /etc/ephitup/supervisord.conf
COPY --chmod=444 files/ephitup/etc/ephitup/start.sh /etc/ephitup/start.sh
COPY --chmod=444 files/ephitup/etc/ephitup/check-key.sh /etc/ephitup/check-key.sh
COPY --chmod=444 files/ephitup/etc/ephitup/end-on-fatal.sh /etc/ephitup/end-on-fatal.sh
