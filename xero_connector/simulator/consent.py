"""The page on which a person allows an app to reach organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from markupsafe import Markup
from werkzeug.wrappers import Request, Response

from xero_connector.simulator import html
from xero_connector.simulator.oauth import Login

CARRIED = (
	"response_type",
	"client_id",
	"redirect_uri",
	"scope",
	"state",
	"code_challenge",
	"code_challenge_method",
)


def authorize(request: Request, login: Login, organisations: Sequence[Mapping[str, str]]) -> Response:
	"""GET shows the page; POST redirects to the app with `code` and `state`, or with `error=access_denied`.

	The form's fields: `tenant` once per ticked organisation, and `decision` (allow or cancel). Raises Problem
	(400) for an unknown app or address, which never redirects.
	"""
	if request.method == "GET":
		login.app_for_consent(request.args)
		return Response(_page(request.args, organisations), content_type="text/html; charset=utf-8")
	login.app_for_consent(request.form)
	known = {organisation["tenantId"] for organisation in organisations}
	tenants = [tenant for tenant in request.form.getlist("tenant") if tenant in known]
	if request.form.get("decision") == "allow" and tenants:
		answer = {"code": login.consent(request.form, tenants), "scope": request.form["scope"]}
	else:
		answer = {"error": "access_denied"}
	if request.form.get("state"):
		answer["state"] = request.form["state"]
	address = request.form["redirect_uri"]
	separator = "&" if "?" in address else "?"
	return Response(status=302, headers={"Location": f"{address}{separator}{urlencode(answer)}"})


def _page(args: Mapping[str, str], organisations: Sequence[Mapping[str, str]]) -> str:
	scopes = html.join(html.element("li", scope) for scope in args["scope"].split())
	boxes = html.join(
		Markup('<label><input type="checkbox" name="tenant" value="{}"{}> {}</label><br>').format(
			organisation["tenantId"],
			Markup(" checked") if len(organisations) == 1 else "",
			organisation["name"],
		)
		for organisation in organisations
	)
	content = [
		*(html.hidden(name, args[name]) for name in CARRIED if name in args),
		html.element("fieldset", html.join([html.element("legend", "Organisations"), boxes])),
		Markup('<div><button class="main" name="decision" value="allow">Allow access</button> '),
		Markup('<button name="decision" value="cancel">Cancel</button></div>'),
	]
	body = [
		html.element("p", f"{args['client_id']} wants access to:"),
		html.element("ul", scopes),
		html.element(
			"form", html.join(content), method="post", action="/identity/connect/authorize", class_="stack"
		),
	]
	return html.page("Connect an app", body)
