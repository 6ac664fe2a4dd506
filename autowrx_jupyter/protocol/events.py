"""Socket.IO event names (socket-protocol.md section 2.3)."""

from __future__ import annotations

from typing import Final

REGISTER_KIT: Final = "register_kit"
REGISTER_HW_KIT: Final = "register_hw_kit"
REGISTER_CLIENT: Final = "register_client"
UNREGISTER_CLIENT: Final = "unregister_client"

LIST_ALL_KITS: Final = "list-all-kits"
LIST_ALL_KITS_RESULT: Final = "list-all-kits-result"
LIST_ALL_HW: Final = "list-all-syncer_hw"
LIST_ALL_HW_RESULT: Final = "list-all-hw-result"

MESSAGE_TO_KIT: Final = "messageToKit"
KIT_REPLY: Final = "messageToKit-kitReply"
MESSAGE_TO_HW: Final = "messageToSyncerHw"
HW_REPLY: Final = "messageToSyncerHw-kitReply"

REPORT_RUNTIME_STATE: Final = "report-runtime-state"
CLIENT_SUBSCRIBE: Final = "clientSubscribeToKit"
CLIENT_UNSUBSCRIBE: Final = "clientUnsubscribeToKit"
BROADCAST_TO_CLIENT: Final = "broadcastToClient"
