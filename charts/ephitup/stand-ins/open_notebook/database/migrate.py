# In place of the migrations: tables, and how often they ran.
from database import query

query("DEFINE TABLE IF NOT EXISTS note SCHEMALESS; DEFINE TABLE IF NOT EXISTS command SCHEMALESS")
query("UPSERT migration:first SET runs = (runs ?? 0) + 1")
print("migrated", flush=True)
