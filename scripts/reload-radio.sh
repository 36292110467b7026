#!/bin/sh
# Takes the drivers of Bluetooth adapters away and brings them back. For systemd/befresh-agent-radio.service, as root.
drivers=$(awk '$1 ~ /^(hci_uart|btusb|btsdio)$/ { print $1 }' /proc/modules)
[ -n "$drivers" ] || { echo "no driver of a Bluetooth adapter is a module here" >&2; exit 1; }
systemctl stop bluetooth.service
for driver in $drivers; do
  modprobe -r "$driver" && sleep 1
  modprobe "$driver"
done
systemctl start bluetooth.service
