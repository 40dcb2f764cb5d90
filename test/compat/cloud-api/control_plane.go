package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

type body = map[string]any

// controlPlane keeps what earlier steps made.
type controlPlane struct {
	*client
	organization organization
	environment  environment
	cluster      cluster
	account      serviceAccount
	key          apiKey
	cloudKey     apiKey
	binding      roleBinding
}

func (c *controlPlane) steps() []step {
	return []step{
		{"is the cloud key alive", c.probe}, {"organization", c.readOrganization}, {"create an environment", c.createEnvironment}, {"its name again", c.environmentTwice},
		{"rename it", c.renameEnvironment}, {"a name that can't be", c.environmentRefused}, {"create a cluster", c.createCluster}, {"wait for it", c.awaitCluster},
		{"Schema Registry of the environment", c.schemaRegistry}, {"rename the cluster", c.renameCluster}, {"list clusters", c.listClusters},
		{"protect it", c.protectCluster}, {"delete it all the same", c.deleteProtected}, {"delete the environment all the same", c.deleteFullEnvironment},
		{"create a service account", c.createAccount}, {"find it by name", c.findAccount}, {"its name again", c.accountTwice}, {"describe it", c.describeAccount},
		{"users", c.readUsers}, {"create a cluster key", c.createKey}, {"is it ready", c.keyReady}, {"create a cloud key", c.createCloudKey}, {"list keys", c.listKeys}, {"rename a key", c.renameKey},
		{"create a role binding", c.createBinding}, {"list by CRN", c.listBindings}, {"it again", c.bindingTwice}, {"delete it", c.deleteBinding},
		{"a wrong secret", c.wrongSecret}, {"an unknown thing", c.unknown},
	}
}

// lastSteps take away what the first ones made, and use a quota up.
func (c *controlPlane) lastSteps() []step {
	return []step{
		{"delete the keys", c.deleteKeys}, {"a deleted key", c.deletedKey}, {"unprotect and delete the cluster", c.deleteCluster}, {"delete the service account", c.deleteAccount},
		{"delete the environment", c.deleteEnvironment}, {"use the quota of environments up", c.quota},
	}
}

func in(environment string) url.Values { return url.Values{"environment": {environment}} }

func ref(id, version, kind string) reference {
	return reference{ID: id, APIVersion: pointer(version), Kind: pointer(kind)}
}

func (c *controlPlane) probe() (string, error) {
	var found listOf[environment]
	err := c.do("GET", "/org/v2/environments", url.Values{"page_size": {"1"}}, nil, 200, &found)
	return fmt.Sprintf("%s of %s", found.Kind, found.APIVersion), err
}

func (c *controlPlane) readOrganization() (string, error) {
	all, _, err := everyPage[organization](c.client, "/org/v2/organizations", url.Values{}, 99)
	if err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "", fmt.Errorf("%d organizations", len(all))
	}
	return "read", c.do("GET", "/org/v2/organizations/"+all[0].ID, nil, nil, 200, &c.organization)
}

func (c *controlPlane) createEnvironment() (string, error) {
	if err := c.do("POST", "/org/v2/environments", nil, body{"display_name": "cloud-api"}, 201, &c.environment); err != nil {
		return "", err
	}
	var read environment
	err := c.do("GET", "/org/v2/environments/"+c.environment.ID, nil, nil, 200, &read)
	return fmt.Sprintf("201, %s with metadata.self", c.environment.Kind), err
}

func (c *controlPlane) environmentTwice() (string, error) {
	r, err := refused(c.do("POST", "/org/v2/environments", nil, body{"display_name": "cloud-api"}, 201, &environment{}), 409, "resource_already_exists")
	if err != nil {
		return "", err
	}
	return expect(strings.HasSuffix(r.location, c.environment.ID), "409 with Location: %s", r.detail)
}

func (c *controlPlane) renameEnvironment() (string, error) {
	var changed environment
	err := c.do("PATCH", "/org/v2/environments/"+c.environment.ID, nil, body{"display_name": "renamed"}, 200, &changed)
	if err != nil {
		return "", err
	}
	return expect(changed.DisplayName == "renamed", "200 with the whole object")
}

func (c *controlPlane) environmentRefused() (string, error) {
	r, err := refused(c.do("POST", "/org/v2/environments", nil, body{"display_name": ""}, 201, &environment{}), 422, "invalid_configuration")
	if err != nil {
		return "", err
	}
	return expect(r.source == "/display_name", "422 at %s: %s", r.source, r.detail)
}

func (c *controlPlane) createCluster() (string, error) {
	spec := body{"display_name": "cloud-api", "availability": "SINGLE_ZONE", "cloud": "AWS", "region": "us-east-2", "config": body{"kind": "Basic"}, "environment": reference{ID: c.environment.ID}}
	if err := c.do("POST", "/cmk/v2/clusters", nil, body{"spec": spec}, 202, &c.cluster); err != nil {
		return "", err
	}
	return expect(c.cluster.Status.Phase == "PROVISIONING", "202, %s, config.kind %s", c.cluster.Status.Phase, c.cluster.Spec.Config.Kind)
}

func (c *controlPlane) readCluster() error {
	return c.do("GET", "/cmk/v2/clusters/"+c.cluster.ID, in(c.environment.ID), nil, 200, &c.cluster)
}

func (c *controlPlane) awaitCluster() (string, error) {
	err := poll("provisioned cluster", func() (bool, error) {
		if err := c.readCluster(); err != nil {
			return false, err
		}
		switch c.cluster.Status.Phase {
		case "PROVISIONING":
			return false, nil
		case "PROVISIONED":
			return true, nil
		}
		return false, fmt.Errorf("phase %s", c.cluster.Status.Phase)
	})
	if err != nil {
		return "", err
	}
	if c.cluster.Spec.Bootstrap == nil || c.cluster.Spec.HTTPEndpoint == nil {
		return "", fmt.Errorf("PROVISIONED without endpoints")
	}
	crn := c.cluster.Metadata.ResourceName
	return expect(strings.HasSuffix(crn, "/cloud-cluster="+c.cluster.ID+"/kafka="+c.cluster.ID), "PROVISIONED, CRN ends in /kafka=%s", c.cluster.ID)
}

func (c *controlPlane) schemaRegistry() (string, error) {
	all, _, err := everyPage[object](c.client, "/srcm/v3/clusters", in(c.environment.ID), 99)
	if err != nil {
		return "", err
	}
	return expect(len(all) == 0 && c.environment.StreamGovernance == nil, "none, and stream_governance_config is null: nobody waits for one")
}

// updateCluster sends its config and environment along, as tools do with every change.
func (c *controlPlane) updateCluster(change body) error {
	spec := body{"environment": reference{ID: c.environment.ID}, "config": body{"kind": "Basic"}}
	for name, value := range change {
		spec[name] = value
	}
	return c.do("PATCH", "/cmk/v2/clusters/"+c.cluster.ID, nil, body{"spec": spec}, 200, &c.cluster)
}

func (c *controlPlane) renameCluster() (string, error) {
	err := c.updateCluster(body{"display_name": "renamed"})
	if err != nil {
		return "", err
	}
	return expect(c.cluster.Spec.DisplayName == "renamed" && c.cluster.Status.Phase == "PROVISIONED", "200, stays %s", c.cluster.Status.Phase)
}

func (c *controlPlane) listClusters() (string, error) {
	all, _, err := everyPage[cluster](c.client, "/cmk/v2/clusters", in(c.environment.ID), 99)
	if err != nil {
		return "", err
	}
	return expect(len(all) == 1 && all[0].ID == c.cluster.ID, "%d", len(all))
}

func (c *controlPlane) protectCluster() (string, error) {
	err := c.updateCluster(body{"deletion_protection": true})
	if err != nil {
		return "", err
	}
	query := in(c.environment.ID)
	query.Set("spec.deletion_protection", "true")
	all, _, err := everyPage[cluster](c.client, "/cmk/v2/clusters", query, 99)
	if err != nil {
		return "", err
	}
	return expect(c.cluster.Spec.DeletionProtection && len(all) == 1, "200, found by spec.deletion_protection")
}

func (c *controlPlane) refuseDelete(path string, query url.Values) (string, error) {
	err := c.do("DELETE", path, query, nil, 204, nil)
	if r, ok := unwrapRefusal(err); ok && r.status == http.StatusConflict && r.detail != "" {
		return fmt.Sprintf("409 %s: %s", r.code, r.detail), nil
	}
	return "", fmt.Errorf("409 was expected, not: %v", err)
}

func (c *controlPlane) deleteProtected() (string, error) {
	return c.refuseDelete("/cmk/v2/clusters/"+c.cluster.ID, in(c.environment.ID))
}

func (c *controlPlane) deleteFullEnvironment() (string, error) {
	return c.refuseDelete("/org/v2/environments/"+c.environment.ID, nil)
}

func (c *controlPlane) deleteCluster() (string, error) {
	if err := c.updateCluster(body{"deletion_protection": false}); err != nil {
		return "", err
	}
	if err := c.do("DELETE", "/cmk/v2/clusters/"+c.cluster.ID, in(c.environment.ID), nil, 204, nil); err != nil {
		return "", err
	}
	err := poll("end of the cluster", func() (bool, error) {
		r, ok := unwrapRefusal(c.readCluster())
		return ok && r.status == 404, nil
	})
	return "204, then 404", err
}

func (c *controlPlane) deleteEnvironment() (string, error) {
	return "204, empty", c.do("DELETE", "/org/v2/environments/"+c.environment.ID, nil, nil, 204, nil)
}

func (c *controlPlane) unknown() (string, error) {
	for path, query := range map[string]url.Values{
		"/org/v2/environments/env-none00": nil, "/iam/v2/service-accounts/sa-none00": nil, "/iam/v2/api-keys/AAAAAAAAAAAAAAAA": nil,
		"/cmk/v2/clusters/lkc-none00": in(c.environment.ID), "/iam/v2/role-bindings/rb-none00": nil, "/iam/v2/users/u-none00": nil,
	} {
		if _, err := refused(c.do("GET", path, query, nil, 200, &object{}), 404, "resource_not_found"); err != nil {
			return "", err
		}
	}
	return "404 resource_not_found, 6 kinds", nil
}

// quota makes environments until the platform says that it is enough, reads them page by page, and takes them away.
func (c *controlPlane) quota() (string, error) {
	var made, said atomic.Int32
	var wrong atomic.Value
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Add(1)
		go func() {
			defer writers.Done()
			for n := 0; n < 2000 && said.Load() == 0 && wrong.Load() == nil; n++ {
				err := c.do("POST", "/org/v2/environments", nil, body{"display_name": fmt.Sprintf("quota-%d-%d", w, n)}, 201, &environment{})
				if err == nil {
					made.Add(1)
				} else if _, other := refused(err, 402, "quota_exceeded"); other == nil {
					said.Add(1)
				} else {
					wrong.Store(other)
				}
			}
		}()
	}
	writers.Wait()
	if err, bad := wrong.Load().(error); bad {
		return "", err
	}
	all, pages, err := everyPage[environment](c.client, "/org/v2/environments", url.Values{}, 99)
	if err != nil {
		return "", err
	}
	ids := map[string]bool{}
	for _, each := range all {
		ids[each.ID] = true
		if strings.HasPrefix(each.DisplayName, "quota-") {
			if err := c.do("DELETE", "/org/v2/environments/"+each.ID, nil, nil, 204, nil); err != nil {
				return "", err
			}
		}
	}
	return expect(said.Load() > 0 && len(ids) == len(all) && len(all) >= int(made.Load()), "402 quota_exceeded after %d; read %d, each once, on %d pages of 99", made.Load(), len(all), pages)
}
