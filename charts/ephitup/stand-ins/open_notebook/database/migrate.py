# In place of the migrations: tables, and how often they ran.
import os

from database import query

namespace, database = os.environ["SURREAL_NAMESPACE"], os.environ["SURREAL_DATABASE"]
query(f"DEFINE NAMESPACE IF NOT EXISTS {namespace}; USE NS {namespace}; DEFINE DATABASE IF NOT EXISTS {database}")
query("DEFINE TABLE IF NOT EXISTS note SCHEMALESS; DEFINE TABLE IF NOT EXISTS command SCHEMALESS")
query("UPSERT migration:first SET runs = (runs ?? 0) + 1")
print("migrated", flush=True)
