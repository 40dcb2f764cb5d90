module sluice.dev/compat/cloud-api

go 1.24.0
