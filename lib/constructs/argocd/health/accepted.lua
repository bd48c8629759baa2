-- A policy of Envoy Gateway: whether every Gateway that it is for has taken it as it is. One that has not guards nothing.
-- Source: gateway-api.sigs.k8s.io, GEP-713, PolicyAncestorStatus.
local ancestors = obj.status and obj.status.ancestors or {}
if #ancestors == 0 then
  -- Without its route Envoy Gateway says nothing of it, and the route is of a later wave, which waits for this one.
  return { status = "Healthy", message = "Envoy Gateway has not looked at it yet" }
end
local waiting = false
for _, ancestor in ipairs(ancestors) do
  local accepted = nil
  for _, condition in ipairs(ancestor.conditions or {}) do
    local known = condition.observedGeneration or obj.metadata.generation
    if condition.type == "Accepted" and known == obj.metadata.generation then
      accepted = condition
    end
  end
  if accepted == nil then
    waiting = true
  elseif accepted.status ~= "True" then
    return { status = "Degraded", message = accepted.message or accepted.reason or "it is not accepted" }
  end
end
if waiting then
  return { status = "Progressing", message = "Envoy Gateway has not looked at it yet" }
end
return { status = "Healthy", message = "" }
