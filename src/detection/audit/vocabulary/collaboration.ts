import { entry } from './entry.ts';

/** Slack, Zoom, Notion, Asana, Atlassian, Box, Dropbox, Salesforce, Zendesk, DocuSign, Miro, Figma, AI platforms. */
export const collaboration = [
  entry(
    3,
    'login-anomaly',
    `user_session_invalidated_suspicious unexpected_user_agent session_fingerprint excessive_downloads tor asn
     file_marked_malicious shield_alert anomalous_download suspicious_session suspicious_locations malicious_content
     device_trust_check_failed phishing_attack`,
  ),
  entry(
    3,
    'federation-changed',
    `pref.sso_setting_changed pref.two_factor_auth_changed pref.saml_setting_changed pref.identity_provider
     workspace.settings.enforce_saml_sso_config_updated workspace.settings.enable_saml_sso_config_updated
     workspace_saml_settings_changed workspace_require_two_factor_auth sso_change_policy sso_change_cert sso_add_login_url
     sso_change_login_url sso_remove_cert sso_remove_login_url sso_change_logout_url sso_change_saml_identity_mode
     tfa_change_policy tfa_reset tfa_remove_backup_phone tfa_remove_security_key tfa_remove_exception
     workspace_password_requirements_changed samlsettingschanged authentication_policy_updated saml_config_updated
     workspace_saml_setting_changed group.sso.edit org.sso.edit group.sso.create group.sso.delete group.sso.add sso.delete
     organization.sso_disabled sso_disabled ssosetup ssoenabled scim_token_created scim.disabled scim.enabled
     external_key.registered external_key.removed`,
  ),
  entry(
    3,
    'privilege-granted',
    `role_change_to_owner role_change_to_admin owner_transferred role_assigned workspace_role_changed_to_owner
     workspace.permissions.member_role_updated teamspace.permissions.member_role_updated user_workspace_admin_role_changed
     member_change_admin_role team_admin_added primary_owner_transferred user_added_to_admin_group user_granted_role
     group_admin_created change_admin_role created_admin admin_role_added account_owner_changed
     ownershiptransferred site_admin_added organization_admin_granted change_folder_permission collab_role_change
     role.assignment.created user.updated_role invite.owner platform_role_assigned
     org_member_role_updated workspace_member_role_updated`,
  ),
  entry(
    2,
    'trust-changed',
    `external_shared_channel_connected external_shared_channel_invite_sent external_shared_channel_invite_approved external_shared_channel_invite_accepted
     external_shared_channel_reshared organization_verified organization_public_url_updated workspace_accepted_to_join_org
     workspace_added_to_org migration_scheduled organization_created pref.who_can_manage_ext_shared_channels
     domain_verified workspace_associated_email_domains_changed domain_invites_approve_request_to_join_team domain_invites_email_existing_users
     domain_invites_set_invite_new_user_pref_to_yes shared_channel_connected team_merge_from team_merge_to allowed_domains_changed
     invitation_domains_changed org.member_invites domain.removed organization.domain_added`,
  ),
  entry(
    3,
    'data-exported',
    `manual_export_started manual_export_completed manual_export_downloaded corporate_exports_approved manual_user_export_started
     scheduled_export_started workspace.content_exported page.exported workspace_export_started workspace_export workspace_exported
     data_export_started export_members_report data_export_created user_export_created bulkapi reportexport
     organization_data_export organization_export_started admin_export export.created compliance_export_created
     account_data_export data_exported organizationdataexported download_analytics_report workspace.audit_log_exported
     manual_user_export_completed ediscovery_export analytics_exported org_data_export_started exportusers workspaceexport
     export_created`,
  ),
  entry(1, 'data-exported', `file_downloaded bulk_download`),
  entry(
    2,
    'made-public',
    `file_public_link_created file_shared_externally public_homepage_added workspace.settings.public_homepage_added
     workspace.settings.allow_public_pages page.permissions.shared_to_public_role_added shared_link_create shared_content_change_link_audience
     shared_link_change_visibility team_sharing_setting_changed item_shared_create shared_folder_change_members_policy
     page.permissions.guest_role_added sharing_change_link_policy sharing_change_member_policy sharing_change_folder_join_policy
     public_channel_creation pref.public_channel shared_link_settings_change_audience shmodel_visibility shared_content_add_link_expiry_removed
     chat_share_created_public project_shared_publicly artifact_shared_publicly`,
  ),
  entry(
    2,
    'shared-externally',
    `item_shared shared_content_add_invitees external_sharing collaboration_invite collab_add_collaborator
     external_user_added group_external_user guest_invited workspace_guest_invited guest_created guest_channel_joined
     external_drive_backup_eligibility_status_checked shared_content_add_member file_share_external`,
  ),
  entry(
    2,
    'integration-added',
    `app_installed app_scopes_expanded app_approved app_token_preserved app_manager_added app_enabled app_restricted_removed
     org_app_workspace_added workflow_app_token bot_token_upgraded ekm_app_installed application_created application_installed
     app_link_team app_link_user connected_app_changed app_unblocked integration_added custom_integration_created
     workspace.integration_added webhook_created personal_access_token_created marketplace_app_installed mcp_server_created
     pref.app_whitelist_enabled app_resources_granted app_resources_added app_collaborator_added mcp_server_updated mcp_server_deleted
     org_app_future_workspace_install_enabled connector_created custom_connector_created`,
  ),
  entry(
    3,
    'detection-impaired',
    `ekm_unenrolled ekm_key_removed ekm_logging_config_set information_barrier_deleted information_barrier_updated
     intune_disabled intune_enabled pref.dlp_disabled dlp_rule_removed pref.disallow_public_file_urls native_dlp_rule_deactivated
     native_dlp_rule_deleted legal_hold_policy_deleted legal_holds_release_a_hold emm_disabled emm_remove_exception
     data_retention_disabled legal_holds_remove_members rule_deleted rule_deactivated message_source.deactivate
     mailbox_deactivated message_source.delete_mailboxes message_source.deactivate_mailboxes active_detection_rule.delete
     detection_rule.delete detection_rule.deactivate rules.deactivate rules.delete content_filter_disabled`,
  ),
  entry(
    2,
    'safeguard-weakened',
    `pref.session_timeout pref.allow_message_deletion pref.retention_type_changed pref.ip_whitelist
     workspace_form_link_auth_requirement_changed workspace_guest_invite_permissions_changed workspace_require_app_approvals_of_type_changed
     network_control_change_policy device_approvals_change_desktop_policy device_approvals_change_mobile_policy
     smart_sync_change_policy permanent_delete_change_policy web_sessions_change_idle_length_policy
     workspace_default_session_duration_changed ip_allowlist_deleted ip_allowlist.deleted ip_allowlist.updated ip_allowlist.created
     ip_allowlist.config.deactivated ip_allowlist.config.activated ip_restriction_deleted spend_limit_deleted platform_spend_limit_deleted
     rate_limit.deleted rate_limit.updated certificate.deleted certificate.deactivated certificates.deactivated mutual_tls_disabled
     org_ip_restriction_deleted org_ip_restriction_updated org_ip_restriction_created org_data_retention_changed`,
  ),
  entry(
    3,
    'credential-added',
    `api_key.created apikey.created admin_api_key_created admin_api_key_deleted admin_api_key.created service_account.created
     service_account_created api_key_created personal_access_token.created token_created oauth_token_created api_token_created
     service_account.create group.service_account.create org.service_account.create group.service_account.edit group.service_account.delete
     org.service_account.edit org.service_account.delete user.service_account.create oauth2_refresh_token_flow
     api_key.updated apikey.deleted api_key.deleted workspace_api_key_created scoped_api_key_created`,
  ),
  entry(
    2,
    'account-removed',
    `user_deactivated member_removed user.deleted organization_deleted workspace_deleted team_deleted workspace.deleted
     org_deleted project.archived project.deleted channel_deleted user_removed org.user.remove group.user.remove
     claude_workspace_deleted platform_workspace_archived organization.delete`,
  ),
  entry(
    1,
    'account-added',
    `user_created user_reactivated guest_user_created invite.sent user.added invite.accepted group.user.add org.user.add
     org.user.invite org.user.invite.revoke group.user.provision.accept user_invited org_user_invited member_added_to_workspace user.create`,
  ),
  entry(
    3,
    'impersonation',
    `loginas sudo_mode user_login_as account_assumption_changed admin_login_as_user login_as_user sign_in_as_session_start
     sign_in_as_session_end logged_in_as`,
  ),
  entry(
    2,
    'password-changed',
    `password_reset_all workspace_force_password_reset workspace_force_user_password_reset
     password_reset_all_members`,
  ),
  entry(
    -2,
    'admin-change',
    `user_login user_logout file_opened user_channel_join public_channel_archive public_channel_created emoji_added user_profile_updated
     user_login_succeeded login.succeeded logout.succeeded envelope_sent recipient_signed page.viewed page.created page.edited
     item_create item_preview item_upload item_rename item_copy item_move item_trash item_undelete_via_trash project.created
     group.sso.membership.sync channel_joined workspace.settings.name_changed`,
  ),
  entry(
    2,
    'safeguard-weakened',
    `workspace_default_session_duration_disabled workspace_allow_guest_invite_links_enabled
     guest_expiration_cleared mobile_device_management_disabled team_discoverability_changed
     workspace.settings.disable_exports teamspace.settings.security_level_changed session_sharing_enabled
     claude_organization_settings_updated organization_settings_updated organization.updated
     mobile_app_access_enabled ekm_clear_cache_set pref.who_can_manage_guests
     workspace_app_approval_disabled redaction_disabled`,
  ),
  entry(
    2,
    'data-exported',
    `data_export_requested export_downloaded data_export_downloaded export_requested COPY_FILES`,
  ),
  entry(
    2,
    'privilege-granted',
    `admin_added_to_account admin_invited AdminInvitation role.created role.updated role.deleted
     user.updated UPDATE_USER organization_member_role_changed`,
  ),
  entry(
    2,
    'credential-added',
    `certificate.created certificate.activated service_key_created service_key_revoked`,
  ),
  entry(2, 'account-removed', `account_suspended org_user_deleted group.deleted`),
  entry(1, 'account-added', `invite.sent OAUTH2_ACCESS_TOKEN_REVOKE`),
];
