/**
 * What the words of audit logs mean. Products name what was done in a few hundred words; this maps them, in
 * any spelling, to a verb (what was done) and a topic (to what kind of thing).
 */
export type Verb =
  | 'read'
  | 'create'
  | 'update'
  | 'delete'
  | 'disable'
  | 'enable'
  | 'grant'
  | 'revoke'
  | 'export'
  | 'share'
  | 'assume'
  | 'execute'
  | 'login'
  | 'logout';

export type Topic =
  | 'mfa'
  | 'federation'
  | 'logging'
  | 'detection'
  | 'safeguard'
  | 'network'
  | 'encryption'
  | 'credential'
  | 'secret'
  | 'password'
  | 'privilege'
  | 'account'
  | 'integration'
  | 'trust'
  | 'organisation'
  | 'exposure'
  | 'data'
  | 'repository'
  | 'compute'
  | 'session'
  | 'mail'
  | 'billing'
  | 'directory';

const verbWords: Readonly<Record<Verb, string>> = {
  read: 'get list describe view viewed read query search lookup check head show fetch batchget select preview estimate simulate test validate discover count scan monitor observed evaluate accessed visited listed lists acknowledged acknowledge',
  create:
    'create created creates creation add added adds adding new insert inserted register registered registration generate generated issue issued provision provisioned enroll enrolled attach attached associate associated install installed publish published upload uploaded import imported invite invited invitation join joined deploy deployed launch launched schedule scheduled copy copied restore restored recover recovered send sent link linked undelete undeleted reopen reopened',
  update:
    'set put write update updated updates updating modify modified modification change changed changes changing edit edited patch patched configure configured configuration replace replaced rename renamed reset resets rotate rotated move moved regenerate regenerated override overridden extend extended refresh renew merge switch transition tagged untagged',
  delete:
    'delete deleted deletes deletion destruction disassociation remove removed removes removal destroy destroyed purge purged drop dropped terminate terminated erase erased wipe wiped uninstall uninstalled clear cleared clearance truncate deregister unregister deprovision harddelete softdelete schedulekeydeletion trash trashed expunge empty emptied cancel cancelled withdraw',
  disable:
    'disable disabled disables disabling deactivate deactivated deactivation suspend suspended suspension stop stopped turnoff off unenforce bypass bypassed exempt exempted exemption exclude excluded skip skipped dismiss dismissed mute muted ignore ignored snooze pause paused weaken silence silenced opt lowered unprotect unlock unlocked unencrypted unset optional reduced lowers relaxed shortened nullified',
  enable:
    'enable enabled enables activate activated activation start started turnon on enforce enforced require required protect lock locked reenable resume resumed unsuspend unsuspended unarchive',
  grant:
    'grant granted grants assign assigned assigns assignment authorize authorized allow allowed approve approved consent promote promoted elevate elevated escalate escalated bind bound permit addmember delegate delegated transfer transferred',
  revoke:
    'revoke revoked unassign unassigned deny denied reject rejected detach detached disassociate disassociated demote demoted block blocked quarantine quarantined decline declined unbind unlink unlinked leave left downgrade downgraded expire expired',
  export:
    'export exported exports download downloaded downloads takeout dump dumped snapshot backup extract extracted retrieve retrieved reveal revealed unload exfiltrate clone cloned capture captured startpacketcapture getobject getblob migrate migrated migration archive archived print printed',
  share:
    'share shared sharing unshare forward forwarded forwarding redirect replicate replication mirror syndicate expose exposed publicize',
  assume:
    'assume assumed assumption impersonate impersonated impersonation loginas masquerade sudo switchrole proxyas actas',
  execute:
    'execute executed exec execution run runs invoke invoked runcommand sendcommand command shell launch trigger triggered dispatch dispatched startsession portforward eval',
  login:
    'login logins loggedin logon signin signedin authenticate authenticated authentication auth authn sso verify verified verification verifypush logged challenge sessionstart',
  logout: 'logout loggedout logoff signout signedout sessionend disconnect disconnected',
};

const topicWords: Readonly<Record<Topic, string>> = {
  mfa: 'mfa 2fa 2sv twofactor twofactorauth twostep twostepverification multifactor multifactorauthentication secondfactor factor factors otp totp webauthn fido fido2 passkey securitykey strongauthentication stepup authenticator authenticationmethod authenticationmethods authmethod authmethods u2f phone phones mfadevice securityinfo duopush guardian advancedprotection rememberdevice trusteddevice bypasscode bypass',
  federation:
    'sso saml oidc idp idps identityprovider identityproviders federation federated federate adfs ldap kerberos activedirectory authconnector connector singlesignon directorysync scim org2org oidcprovider samlprovider openidconnectprovider passthrough ssosettings authenticationsettings loginflow trustrelationship federationsettings',
  logging:
    'logging auditlog auditlogs auditlogging audit trail trails cloudtrail sink sinks logsink flowlog flowlogs diagnosticsetting diagnosticsettings logstream logstreams logstreaming loggroup loggroups logbucket eventselectors eventselector logexport deliverychannel configurationrecorder configrecorder accesslogging serveraccesslogging querylogging eventhub loganalytics siem splunk datadog workspaceaudit verboseauditlogs logforwarding logprofile logprofiles sessionrecording recording activitylog auditconfig eventdatastore logs',
  detection:
    'jailbroken rooted alert alerts alarm alarms alerting detector detectors guardduty securityhub macie inspector detective accessanalyzer threat threats detection detections monitor monitoring sensor sensors agent edr antivirus antimalware malware defender secretscanning secretscanningalert dependabot codescanning codeql vulnerability vulnerabilities vulnerabilityalerts scanner advancedsecurity pushprotection rule rules findings finding insight insights suppression suppressionrule suppressionrules dlp datalossprevention guardrail guardrails moderation contentfilter spamfilter phishing quarantinepolicy attackprotection anomalydetection anomaly bruteforceprotection breachedpassword breachedpassworddetection botdetection riskassessment threatintel threatintelset ipset securitycenter securityalerts securityalert securitycontacts tamperprotection preventionpolicy exclusions exclusion mailbox messagesource messagesources antiphish safelinks safeattachment securitysolutions budget eventrule',
  safeguard:
    'policy policies barrier barriers branchprotection protectedbranch protectedbranches ruleset rulesets protection deletionprotection lock locks versioning retention backup backups backupvault recoverypoint recovery recoverypoints softdelete purgeprotection lifecycle lifecyclepolicy lifecycleconfiguration objectlock legalhold immutability immutabilitypolicy conditionalaccess conditionalaccesspolicy passwordpolicy sessiontimeout timeout idle signonpolicy authpolicy authenticationpolicy accesspolicy securitypolicy securitypolicies securitysettings securitydefaults apprestrictions approvals approval restriction restrictions reviewers requiredreviews codeowners statuschecks signatures redaction compliance compliancepolicy policyassignment policyassignments scp organizationpolicy orgpolicy serviceperimeter accesslevel vpcservicecontrols nsg spendlimit spend quota ratelimit publicaccessblock blockpublicaccess screenlock encryptedmeetings waitingroom passcode automaticsignout signout guestaccess devicecompliance watermark advancedsecurity forking replicationconfiguration emergencyaccess breakglass signoninfo',
  network:
    'tunnel tunnels firewall firewalls securitygroup securitygroups networksecuritygroup networksecuritygroups networkacl nacl acl ipallowlist ipallowlists allowlist allowlists allowlisted whitelist whitelisted whitelists ipwhitelist iprestriction iprestrictions networkpolicy networkpolicies networkpolicyrule networkzone zone zones zonelifecycle waf webacl vpn vpc vpcpeering peering route routes routetable gateway internetgateway natgateway ingress egress port ports portforwarding packetmirroring packetcapture packetcaptures subnet subnets dns dnszone dnszones dnsrecord hostedzone iprange ipaccesslist ipaccess trustedip trustedips trustedlocation namedlocation namedlocations loadbalancer privateendpoint trafficmirror cors proxy networkaccess exitnode subnetroute tailnet accesscontrollist denylist blocklist blacklist securityrule securityrules publicip firewallrule firewallrules bastion bastionhosts',
  encryption:
    'kms key keys cryptokey cryptokeys cryptokeyversion encryption encrypted encrypt decrypt tls ssl certificate certificates cert keyvault keyvaults managedhsm hsm customerkey keymaterial certificateauthority ca keyring kmskey ebsencryption cmk byok',
  credential:
    'apiid accesskey accesskeys apikey apikeys apitoken apitokens token tokens credential credentials serviceaccountkey serviceaccountkeys sshkey sshkeys publickey deploykey hmackey hmackeys personalaccesstoken personalaccesstokens pat pats privatekey clientsecret clientsecrets clientcredentials apiclient loginprofile keypair accesstoken accesstokens refreshtoken authtoken authenticationtoken servicetoken servicecredential servicecredentials sastoken sas authorizedkey signingkey servicespecificcredential servicespecificcredential programmatickey programmaticaccess apiaccess temporaryaccesspass tap bearertoken oauthtoken oauthsecret federationtoken sessiontoken federationtokens workloadidentity workloadidentitypool credentialreport passwordcredentials keycredentials recoverycode recoverycodes apisecret adminapikey projectapikey authkey provisioningkey storagekeys listkeys sharedaccesskey',
  secret:
    'secret secrets secretvalue secretsmanager secretversion secretversions vault vaults vaultitem ssmparameter parameters securestring passworddata variable variables environmentvariable organizationsecret repositorysecret actionssecret',
  password:
    'password passwords passwd pwd passphrase recoveryemail recoveryphone recoveryinfo accountrecovery secretquestion userpassword masterpassword',
  privilege:
    'role roles rolebinding rolebindings clusterrole clusterroles clusterrolebinding clusterrolebindings admin admins administrator administrators owner owners ownership permission permissions policy policies iam iampolicy setiampolicy privilege privileges privileged superadmin superuser root entitlement roleassignment roleassignments roledefinition roledefinitions customrole rolepolicy userpolicy grouppolicy assumerolepolicy accesspolicies moderator moderators operator pim eligible eligiblemember rolemanagement delegatedadmin accessbinding principal adminrole accesslevel acls grants adminprivilege globaladmin accountadmin bucketpolicy resourcepolicy permissionset grantee instanceprofile sudoers collaboratorrole',
  account:
    'user users account accounts member members membership collaborator collaborators outsidecollaborator guest guests serviceaccount serviceaccounts serviceprincipal serviceprincipals person invitee subscriber group groups team teams identity identities orguser useraccount bot externaluser teammember useridentity device devices alternatename username useremail email teamspace',
  integration:
    'client clients app apps application applications oauth oauth2 oauthapp oauthapps integration integrations webhook webhooks hook hooks plugin extension addon connectedapp connectedapps marketplace mcp mcpserver oauthclient apiclientaccess consent delegatedpermission delegatedpermissiongrant approleassignment eventsubscription subscription subscriptions slackapp githubapp installation integrationinstallation action actions workflow workflows workflowrun runner runners selfhostedrunner runnergroup customscript package packages externalapp appinstallation datasharing',
  trust:
    'crossaccount externaluser externalusers externalmember externalmembers domain domains trust trusts trusted delegation crosstenant crosstenantaccess externalaccess verifieddomain domaindelegation alloweddomains emaildomain alternatedomain delegatedadministrator handshake partner partners supportaccess support vendoraccess customersupport accountassumption managementgroup managementgroups leaveorganization',
  organisation:
    'tenant tenants organization organisation org orgs enterprise workspace workspaces customer orgunit business subscriptions company site sites',
  exposure:
    'public publicly publiclink publicaccess publicpage publicread anonymous anonymously everyone external externally externalsharing outside outsidedomain publiclyaccessible visibility sharinglink sharedlink sharedlinks share shares guestlink functionurl publicipaddress publicationsettings allusers worldreadable websiteconfiguration nodeport exposure openlink internet websites website',
  data: 'bulk file files document documents doc docs object objects blob blobs bucket buckets database databases db table tables dataset datasets schema page pages record records message messages item items folder folders drive content conversation conversations chat chats file transcript report reports knowledge query dashboard volume volumes disk disks image images snapshot snapshots dbsnapshot dbinstance dbcluster storage storageaccount storageaccounts container calendar attachments history jobs workspaceexport notebook notebooks mount stage catalog model models',
  repository:
    'repo repos repository repositories branch branches tag tags commit pullrequest pull git fork forks release gist codespace codespaces environment environments pipeline pipelines codebuild project projects',
  compute:
    'instance instances vm vms virtualmachine virtualmachines function functions function20150331 functioncode functionconfiguration lambda layer userdata instanceattribute pod pods daemonset daemonsets deployment deployments cronjob cronjobs job cluster clusters managedclusters node nodes task tasks taskdefinition startupscript metadata runbook runbooks automation automationaccounts jobschedules jobschedule schedules logicapp devendpoint serialconsole ssm document sessionmanager extensions vmextension customscriptextension mutatingwebhookconfiguration validatingwebhookconfiguration admissioncontroller story ec2 container containerregistry registry namespace namespaces sqlpool warehouse machine image scheduledquery fieldfunction externalfunction endpoint',
  session: 'session sessions cookie cookies sessioncookie signins supportsession usersession',
  mail: 'mailbox mailboxes inboxrule inboxrules mailforwarding emailforwarding forwardingrule emailroute emailgateway smtp imap pop mailitemsaccessed transportrule routing delegate mailboxpermission autoforward emailsetting emailsettings mx',
  billing:
    'billing payment invoice subscriptionplan spendlimits budgetlimit credits creditcard plan owneraccount',
  directory:
    'administrativeunit directory profile attribute attributes schemaextension displayname photo description preference preferences',
};

/** Squashed word or phrase → verb. */
export const verbs: ReadonlyMap<string, Verb> = index(verbWords);
/** Squashed word or phrase → topics, usually one. */
export const topics: ReadonlyMap<string, readonly Topic[]> = indexMany(topicWords);

function index<Name extends string>(table: Readonly<Record<Name, string>>): ReadonlyMap<string, Name> {
  const map = new Map<string, Name>();
  let name: Name;
  for (name in table) for (const word of table[name].split(' ')) if (!map.has(word)) map.set(word, name);
  return map;
}

function indexMany<Name extends string>(
  table: Readonly<Record<Name, string>>,
): ReadonlyMap<string, readonly Name[]> {
  const map = new Map<string, Name[]>();
  let name: Name;
  for (name in table) {
    for (const word of table[name].split(' ')) {
      const list = map.get(word);
      if (list === undefined) map.set(word, [name]);
      else if (!list.includes(name)) list.push(name);
    }
  }
  return map;
}
