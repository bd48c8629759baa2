-- A Database or a DatabaseRole of CloudNativePG: whether the server has it as it is said here.
-- Source: cloudnative-pg.io, API reference, DatabaseStatus and DatabaseRoleStatus.
local status = obj.status
if status == nil or status.applied == nil or status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "CloudNativePG has not looked at it yet" }
end
if status.applied then
  return { status = "Healthy", message = "" }
end
return { status = "Degraded", message = status.message or "it could not be applied" }
