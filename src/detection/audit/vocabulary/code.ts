import { entry } from './entry.ts';

/** GitHub, GitLab, Bitbucket and pipeline audit actions: https://docs.github.com/organizations/keeping-your-organization-secure */
export const code = [
  entry(
    3,
    'detection-impaired',
    `repository_secret_scanning.disable secret_scanning.disable secret_scanning_new_repos.disable dependabot_alerts.disable
     dependabot_alerts_new_repos.disable dependabot_security_updates.disable dependabot_security_updates_new_repos.disable
     repository_vulnerability_alerts.disable repository_vulnerability_alert.dismiss repo.advanced_security_disabled
     org.advanced_security_disabled_on_all_repos org.advanced_security_disabled_for_new_repos business_advanced_security.disabled
     business_advanced_security.disabled_for_new_repos business_secret_scanning.disable business_secret_scanning_push_protection.disable
     repository_secret_scanning_push_protection.disable secret_scanning_push_protection.bypass secret_scanning_alert.resolve
     repository_code_scanning.disable code_scanning.alert_closed_by_user repository_vulnerability_alerts_new_repos.disable
     repository_content_analysis.disable repository_dependency_graph.disable dependency_graph.disable dependency_graph_new_repos.disable
     repository_secret_scanning_custom_pattern.delete secret_scanning_push_protection_bypass org.secret_scanning_push_protection_disable
     repository_secret_scanning_automatic_validity_checks.disabled security_configuration.delete security_configuration.removed
     secret-scanning-rule-deleted`,
  ),
  entry(
    3,
    'safeguard-weakened',
    `protected_branch.destroy protected_branch.policy_override protected_branch.rejected_ref_update_bypass protected_branch.update_admin_enforced
     protected_branch.dismiss_stale_reviews protected_branch.update_require_code_owner_review protected_branch.update_allow_force_pushes_enforcement_level
     protected_branch.update_pull_request_reviews_enforcement_level protected_branch.update_required_status_checks_enforcement_level
     protected_branch.update_signature_requirement_enforcement_level protected_branch.dismissal_restricted_users_teams
     protected_branch.authorized_users_teams repository_ruleset.destroy repository_ruleset.update org.disable_saml
     repository_branch_protection_evaluation.disable environment.remove_protection_rule environment.update_protection_rule
     private_repository_forking.enable private_repository_forking.clear repo.config.disable_contributors_only
     organization_default_label.destroy org.update_default_repository_permission org.sso_response_skip ip_allow_list.disable
     ip_allow_list_entry.destroy ip_allow_list_entry.create ip_allow_list.disable_for_installed_apps ssh_certificate_requirement.disable
     org.update_member_repository_creation_permission org.update_new_repository_default_branch_setting
     repo.update_actions_settings org.update_actions_settings enterprise.update_actions_settings repo.actions_enabled
     org.update_actions_secret workflows.approve_workflow_job repo.set_actions_fork_pr_approvals_policy
     org.set_actions_fork_pr_approvals_policy repo.set_default_workflow_permissions org.set_default_workflow_permissions
     protected_branch_deleted protected_branch_removed`,
  ),
  entry(
    -1,
    'safeguard-weakened',
    `protected_branch.update_name protected_branch.create repository_ruleset.create`,
  ),
  entry(
    3,
    'federation-changed',
    `org.disable_two_factor_requirement org.saml_disabled org.saml_enabled org.disable_saml org.enable_saml
     org.update_saml_provider_settings org.disable_oauth_app_restrictions org.enable_oauth_app_restrictions org.oauth_app_access_approved
     org.revoke_external_identity business.disable_saml business.enable_saml
     business.disable_two_factor_requirement business.disable_oidc business.enable_oidc business.update_saml_provider_settings
     enterprise.disable_two_factor_requirement org.recovery_codes_viewed org.recovery_code_used org.recovery_codes_downloaded
     org.recovery_codes_generated org.recovery_codes_printed business.recovery_code_used sso_recovery two_factor_authentication.disabled
     two_factor_authentication.recovery_codes_viewed user.two_factor_requested org.sso_recovery business.sso_recovery
     external_identity.deprovision saml_provider_updated group_saml_provider_create`,
  ),
  entry(
    3,
    'trust-changed',
    `repo.transfer repo.transfer_outgoing repo.transfer_start org.transfer org.transfer_outgoing enterprise_installation.create
     business.add_support_entitlee org.add_outside_collaborator org.set_custom_invitation_rate_limit business.add_organization
     business.remove_organization org.async_delete business.set_fine_grained_personal_access_token`,
  ),
  entry(
    2,
    'made-public',
    `repo.access repo.publicized repo.pages_public repo.visibility_change public_repo.create repo.update_visibility gist.visibility_change
     org.enable_public_repository_creation`,
  ),
  entry(
    3,
    'credential-added',
    `public_key.create deploy_key.create deploy_key.update oauth_access.create oauth_authorization.create personal_access_token.create
     personal_access_token.access_granted personal_access_token.request_created hook.config_secret integration_installation.create
     oauth_application.generate_client_secret integration.generate_client_secret integration.create ssh_certificate_authority.create
     org.create_actions_secret repo.create_actions_secret environment.create_actions_secret codespaces.create_an_org_secret
     org_credential_authorization.grant personal_access_token_issued deploy_token_created project_access_token_created
     group_access_token_created user_access_token_created org.register_self_hosted_runner repo.register_self_hosted_runner
     enterprise.register_self_hosted_runner public_key.verify org.create_integration_secret`,
  ),
  entry(
    2,
    'integration-added',
    `hook.create hook.destroy hook.config_changed hook.events_changed hook.active_changed integration_installation.repositories_added
     integration_installation.create oauth_application.create oauth_application.transfer oauth_application.reset_secret
     org.oauth_app_access_requested marketplace_agreement_signature.create webhook.create integration_installation_request.create
     org.integration_manager_added org.runner_group_created org.runner_group_updated repo.remove_self_hosted_runner
     org.remove_self_hosted_runner org.runner_group_runners_added`,
  ),
  entry(
    2,
    'privilege-granted',
    `org.update_member business.add_admin business.add_billing_manager repo.add_member repo.update_member team.add_repository
     team.update_repository_permission team.promote_maintainer organization_moderators.add_user organization_moderators.add_team
     role.create role.update project.update_user_permission repo.add_topic_admin organization_role.assign organization_role.create
     user.promote enterprise.add_owner`,
  ),
  entry(
    2,
    'account-added',
    `org.add_member org.invite_member_admin repo.add_outside_collaborator business.invite_admin
     org.invite_to_business repo.invite_outside_collaborator`,
  ),
  entry(1, 'account-added', `team.add_member`),
  entry(
    1,
    'account-removed',
    `org.remove_member org.remove_outside_collaborator repo.remove_member business.remove_admin team.remove_member team.destroy
     org.block_user`,
  ),
  entry(
    2,
    'data-destroyed',
    `repo.destroy repo.archived org.delete team.destroy environment.delete codespaces.destroy project.delete
     packages.package_deleted packages.package_version_deleted workflows.delete_workflow_run project_deleted group_destroyed`,
  ),
  entry(
    2,
    'data-exported',
    `migration.create org.download_audit_log org.export_data repo.download_zip org.export_member_list git.clone
     project_export_file_downloaded full_data_export_triggered user_permissions_exported org.audit_log_export
     repo.download repository_export`,
  ),
  entry(
    2,
    'logging-impaired',
    `audit_log_streaming.destroy audit_log_streaming.update audit_log_streaming.disable org.audit_log_git_event_export
     business.audit_log_stream_destroyed audit_events_streaming_destroyed auditstreamdestroyed`,
  ),
  entry(1, 'safeguard-weakened', `org.update_terms_of_service repo.rename repo.update_merge_settings`),
  entry(
    -2,
    'admin-change',
    `git.push git.fetch workflows.completed_workflow_run workflows.created_workflow_run workflows.prepared_workflow_job
     pull_request.create pull_request.merge issues.create repo.add_topic pull_request_review.submit issue_comment.update
     checks.auto_trigger_enabled repo.star`,
  ),
  entry(
    -1,
    'admin-change',
    `business.enable_two_factor_requirement enterprise.enable_two_factor_requirement
     secret_scanning.enable repository_secret_scanning.enable dependabot_alerts.enable
     ip_allow_list.enable repository_secret_scanning_push_protection.enable
     repository_vulnerability_alerts.enable org.revoke_sso_session org.unblock_user
     organization_moderators.remove_user repo.add_topic discussion.created issues.closed project.create
     team.add_member`,
  ),
  entry(2, 'account-added', `org.restore_member org.transform enterprise.add_member`),
  entry(
    2,
    'resource-hijack',
    `account.plan_change account.billing_information_change copilot.cfb_seat_management_changed`,
  ),
  entry(
    2,
    'safeguard-weakened',
    `enterprise.config.enable_anonymous_git_access repo.config.enable_anonymous_git_access
     repo.config.unlock_anonymous_git_access`,
  ),
];
