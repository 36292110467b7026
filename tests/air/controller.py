"""Bluetooth controllers in a simulated air: bumble's, with what BlueZ needs of them besides."""

import asyncio
from typing import Any

from bumble import hci
from bumble.controller import Controller
from bumble.link import LocalLink

_CANCELLED = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
_SUCCESS = hci.HCI_ErrorCode.SUCCESS
_MODERN = (
    hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING | hci.LeFeatureMask.LL_PRIVACY
)
_CANCEL_S = 0.01
_SIGNAL_DBM = -60


class AirLink(LocalLink):
    """The air between controllers that go by public addresses."""

    def send_acl_data(self, sender_controller: Any, destination_address: Any, transport: Any, data: bytes) -> None:
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is not None and receiver is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(receiver.on_link_acl_data, connection.self_address, transport, data)

    def find_le_controller(self, address: Any) -> Any:
        return next((one for one in self.controllers if address in (one.public_address, one.random_address)), None)


class AirController(Controller):
    """Legacy advertising and scanning only, as the chip of a Pi."""

    le_features = Controller.le_features & ~_MODERN
    le_acl_data_packet_length = 251
    filter_accept_list_size = 16
    pending_le_connection: Any

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.deaf_to_connecting = False
        """Requests to connect are lost on their way to this one."""

    def on_hci_le_create_connection_cancel_command(self, _command: Any) -> Any:
        wanted, self.pending_le_connection = self.pending_le_connection, None
        if wanted is not None:
            event = hci.HCI_LE_Connection_Complete_Event(
                status=_CANCELLED,
                connection_handle=0,
                role=0,
                peer_address_type=wanted.peer_address_type,
                peer_address=wanted.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
            # After the command's own completion, as on the wire.
            asyncio.get_running_loop().call_later(_CANCEL_S, self.send_hci_packet, event)
        return hci.HCI_StatusReturnParameters(_SUCCESS)

    def on_hci_read_remote_version_information_command(self, command: Any) -> None:
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        self.send_hci_packet(
            hci.HCI_Read_Remote_Version_Information_Complete_Event(
                status=0,
                connection_handle=command.connection_handle,
                version=9,
                manufacturer_name=0xFFFF,
                subversion=0,
            )
        )

    def on_advertising_pdu(self, pdu: Any) -> None:
        sender = self.link.find_le_controller(pdu.advertiser_address)
        if self.le_scan_enable:
            self._report(pdu.advertiser_address, hci.HCI_LE_Advertising_Report_Event.EventType.ADV_IND, pdu.data)
            if self.le_scan_type and sender is not None:
                answer = sender.le_legacy_advertiser.scan_response_data
                kind = hci.HCI_LE_Advertising_Report_Event.EventType.SCAN_RSP
                self._report(pdu.advertiser_address, kind, answer)
        wanted = self.pending_le_connection
        if wanted and wanted.peer_address == pdu.advertiser_address and not (sender and sender.deaf_to_connecting):
            self.create_le_connection(pdu.advertiser_address)

    def _report(self, address: Any, kind: Any, data: bytes) -> None:
        event = hci.HCI_LE_Advertising_Report_Event
        report = event.Report(
            event_type=kind, address_type=address.address_type, address=address, data=data, rssi=_SIGNAL_DBM
        )
        self.send_hci_packet(event([report]))
