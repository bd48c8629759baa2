# The application's database, by the HTTP API of SurrealDB.
import base64
import json
import os
import re
import urllib.request


def query(statements, **variables):
    """The results of statements; variables are JSON values."""
    lets = "".join(f"LET ${name} = {json.dumps(value)};" for name, value in variables.items())
    url = re.sub(r"^ws", "http", os.environ["SURREAL_URL"]).removesuffix("/rpc") + "/sql"
    login = f"{os.environ['SURREAL_USER']}:{os.environ['SURREAL_PASSWORD']}".encode()
    headers = {
        "Accept": "application/json",
        "Authorization": "Basic " + base64.b64encode(login).decode(),
        "surreal-ns": os.environ["SURREAL_NAMESPACE"],
        "surreal-db": os.environ["SURREAL_DATABASE"],
    }
    request = urllib.request.Request(url, (lets + statements).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        results = json.load(answer)[len(variables) :]
    for result in results:
        if result["status"] != "OK":
            raise RuntimeError(result["result"])
    return [result["result"] for result in results]
