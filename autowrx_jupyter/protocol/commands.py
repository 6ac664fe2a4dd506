"""Command names, the ``cmd`` field of an envelope (socket-protocol.md section 2.4)."""

from __future__ import annotations

from typing import Final

RUN_PYTHON_APP: Final = "run_python_app"
RUN_RUST_APP: Final = "run_rust_app"
RUN_CPP_APP: Final = "run_cpp_app"
RUN_BIN_APP: Final = "run_bin_app"
STOP_PYTHON_APP: Final = "stop_python_app"
STOP_CPP_APP: Final = "stop_cpp_app"
COMPILE_CPP_APP: Final = "compile_cpp_app"

DEPLOY_REQUEST: Final = "deploy_request"
DEPLOY_N_RUN: Final = "deploy_n_run"

SUBSCRIBE_APIS: Final = "subscribe_apis"
UNSUBSCRIBE_APIS: Final = "unsubscribe_apis"
APIS_VALUE: Final = "apis-value"
WRITE_SIGNALS_VALUE: Final = "write_signals_value"
RESET_SIGNALS_VALUE: Final = "reset_signals_value"

LIST_MOCK_SIGNAL: Final = "list_mock_signal"
SET_MOCK_SIGNALS: Final = "set_mock_signals"

SET_VARS_VALUE: Final = "set_vars_value"
TRACE_VARS: Final = "trace_vars"

GENERATE_VEHICLE_MODEL: Final = "generate_vehicle_model"
REVERT_VEHICLE_MODEL: Final = "revert_vehicle_model"

LIST_PYTHON_PACKAGES: Final = "list_python_packages"
INSTALL_PYTHON_PACKAGES: Final = "install_python_packages"

GET_RUNTIME_INFO: Final = "get-runtime-info"
REPORT_RUNTIME_STATE: Final = "report-runtime-state"

READ_FILE: Final = "read-file"
WRITE_FILE: Final = "write-file"

LIST_ALL_KITS: Final = "list-all-kits"
"""Not a kit's command: the web front end sends it to the hub without a kit id (Q2)."""
