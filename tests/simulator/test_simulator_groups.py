"""Contact groups and branding themes."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_kit import Make, Xero, read, records

from xero_connector.simulator import Accountant, AccountantError

NOBODY = "11111111-1111-4111-8111-111111111111"


def members(xero: Xero, group_id: str) -> list[str]:
	return [each["ContactID"] for each in xero.one("ContactGroups", group_id)["Contacts"]]


def join(xero: Xero, group_id: str, *contact_ids: str) -> Any:
	body = {"Contacts": [{"ContactID": each} for each in contact_ids]}
	return xero.put(f"ContactGroups/{group_id}/Contacts", body)


def test_contacts_join_and_leave_a_group(xero: Xero, contact: dict[str, Any]) -> None:
	group = xero.create("ContactGroups", Name="VIPs")
	assert (group["Name"], group["Status"], group["Contacts"]) == ("VIPs", "ACTIVE", [])
	group_id, first = group["ContactGroupID"], contact["ContactID"]
	second = xero.create("Contacts", Name="Other")["ContactID"]
	joined = records(join(xero, group_id, first, second), "Contacts")
	assert [each["ContactID"] for each in joined] == [first, second]
	join(xero, group_id, first)
	assert sorted(members(xero, group_id)) == sorted([first, second])
	assert xero.many("ContactGroups")[0]["Contacts"] == []
	path = f"ContactGroups/{group_id}/Contacts"
	assert xero.call("DELETE", f"{path}/{first}").status_code == 204
	assert (members(xero, group_id), xero.call("DELETE", f"{path}/{first}").status_code) == ([second], 400)
	assert xero.call("DELETE", path).status_code == 204
	assert members(xero, group_id) == []


def test_a_contact_shows_its_groups_by_id_and_paged(
	xero: Xero, accountant: Accountant, contact: dict[str, Any], make_invoice: Make
) -> None:
	accountant.group_contact(contact["ContactID"], "Wholesale")
	accountant.group_contact(contact["ContactID"], "wholesale")
	(group,) = xero.many("ContactGroups")
	shown = [{"ContactGroupID": group["ContactGroupID"], "Name": "Wholesale", "Status": "ACTIVE"}]
	read_by_id = xero.one("Contacts", contact["ContactID"])
	assert (read_by_id["ContactGroups"], xero.many("Contacts", page=1)[0]["ContactGroups"]) == (shown, shown)
	assert xero.many("Contacts")[0]["ContactGroups"] == []
	assert make_invoice()["Contact"]["ContactGroups"] == []
	assert read_by_id["UpdatedDateUTC"] == contact["UpdatedDateUTC"]


def test_a_group_is_renamed_and_deleted(xero: Xero) -> None:
	group_id = xero.create("ContactGroups", Name="VIPs")["ContactGroupID"]
	renamed = xero.post(f"ContactGroups/{group_id}", {"ContactGroups": [{"Name": "Regulars"}]})
	assert records(renamed, "ContactGroups")[0]["Name"] == "Regulars"
	deleted = xero.post(f"ContactGroups/{group_id}", {"ContactGroups": [{"Status": "DELETED"}]})
	assert records(deleted, "ContactGroups")[0]["Status"] == "DELETED"
	assert (xero.many("ContactGroups"), xero.get(f"ContactGroups/{group_id}").status_code) == ([], 404)
	assert xero.post(f"ContactGroups/{group_id}", {"ContactGroups": [{"Name": "Back"}]}).status_code == 400
	assert xero.create("ContactGroups", Name="Regulars")["ContactGroupID"] != group_id


def test_groups_that_are_refused(xero: Xero) -> None:
	for number in range(100):
		xero.create("ContactGroups", Name=f"Group {number}")
	assert xero.refusal("ContactGroups", Name="One more").endswith("the limit of 100 contact groups.")
	group_id = xero.many("ContactGroups")[0]["ContactGroupID"]
	answer = xero.post(f"ContactGroups/{group_id}", {"ContactGroups": [{"Name": "GROUP 7"}]})
	assert read(answer)["Elements"][0]["ValidationErrors"] == [{"Message": "Please enter a unique Name."}]
	empty = xero.post(f"ContactGroups/{group_id}", {"ContactGroups": [{"Name": ""}]})
	assert empty.status_code == 400


def test_who_cannot_join(xero: Xero, accountant: Accountant, contact: dict[str, Any]) -> None:
	group_id = xero.create("ContactGroups", Name="VIPs")["ContactGroupID"]
	assert join(xero, group_id, contact["ContactID"], NOBODY).status_code == 400
	assert members(xero, group_id) == []
	assert join(xero, NOBODY, contact["ContactID"]).status_code == 404
	accountant.archive_contact(contact["ContactID"])
	with pytest.raises(AccountantError, match="archived"):
		accountant.group_contact(contact["ContactID"], "VIPs")


def test_branding_themes_of_documents(xero: Xero, make_invoice: Make, contact: dict[str, Any]) -> None:
	standard, overseas = sorted(xero.many("BrandingThemes"), key=lambda theme: theme["SortOrder"])
	assert [(each["Name"], each["SortOrder"], each["Type"]) for each in (standard, overseas)] == [
		("Standard", 0, "INVOICE"),
		("Overseas customers", 1, "INVOICE"),
	]
	theme = {"BrandingThemeID": overseas["BrandingThemeID"]}
	assert xero.one("BrandingThemes", theme["BrandingThemeID"])["Name"] == "Overseas customers"
	invoice = make_invoice(**theme)
	assert invoice["BrandingThemeID"] == theme["BrandingThemeID"]
	back = {"BrandingThemeID": standard["BrandingThemeID"]}
	xero.change("Invoices", InvoiceID=invoice["InvoiceID"], **back)
	assert xero.one("Invoices", invoice["InvoiceID"]).items() >= back.items()
	unknown = "The branding theme with the specified BrandingThemeID could not be found"
	change = {"InvoiceID": invoice["InvoiceID"], "BrandingThemeID": NOBODY}
	assert xero.refused_change("Invoices", **change) == unknown
	line = {"Description": "Back", "UnitAmount": 1, "AccountCode": "200"}
	by_id = {"ContactID": contact["ContactID"]}
	note = xero.create("CreditNotes", Type="ACCRECCREDIT", Contact=by_id, LineItems=[line], **theme)
	assert note["BrandingThemeID"] == theme["BrandingThemeID"]
	assert xero.put("BrandingThemes", {"BrandingThemes": [{"Name": "Mine"}]}).status_code == 501
