"""Xero over HTTP: one client, login and tokens, the call budget, errors by name, webhook signatures.

This room knows Xero's API and nothing of ERPNext, documents or stores.
"""

from xero_connector.xero.budget import Budget
from xero_connector.xero.client import Answer, XeroApi
from xero_connector.xero.endpoints import Endpoints, new_session
from xero_connector.xero.errors import (
	BadAnswer,
	Disconnected,
	LoginRefused,
	Missing,
	RateLimited,
	Refused,
	Uncertain,
	Unreachable,
	XeroError,
)
from xero_connector.xero.login import SCOPES, Connection, OAuthApp, Pkce, Token
from xero_connector.xero.tokens import MemoryTokens, Tokens, TokenStore
from xero_connector.xero.usage import Priority
from xero_connector.xero.webhook import WebhookEvent, read_events, verify_signature

__all__ = [
	"SCOPES",
	"Answer",
	"BadAnswer",
	"Budget",
	"Connection",
	"Disconnected",
	"Endpoints",
	"LoginRefused",
	"MemoryTokens",
	"Missing",
	"OAuthApp",
	"Pkce",
	"Priority",
	"RateLimited",
	"Refused",
	"Token",
	"TokenStore",
	"Tokens",
	"Uncertain",
	"Unreachable",
	"WebhookEvent",
	"XeroApi",
	"XeroError",
	"new_session",
	"read_events",
	"verify_signature",
]
