# Made by packaging/release.sh: the version and the checksums are those of dist/release.
class Supervisord < Formula
  desc "Supervisor 4 (supervisord, supervisorctl) as one executable"
  homepage "https://supervisord.org"
  version "@VERSION@"
  license "MIT"

  on_macos do
    on_arm do
      url "@BASE@/supervisord-@VERSION@-darwin-arm64.tar.xz"
      sha256 "@SHA256_darwin-arm64@"
    end
    on_intel do
      url "@BASE@/supervisord-@VERSION@-darwin-x64.tar.xz"
      sha256 "@SHA256_darwin-x64@"
    end
  end
  on_linux do
    on_arm do
      url "@BASE@/supervisord-@VERSION@-linux-arm64.tar.xz"
      sha256 "@SHA256_linux-arm64@"
    end
    on_intel do
      url "@BASE@/supervisord-@VERSION@-linux-x64.tar.xz"
      sha256 "@SHA256_linux-x64@"
    end
  end

  conflicts_with "supervisor", because: "both install supervisord and supervisorctl"

  # The program is appended to the engine: strip and relocation would cut it off.
  skip_clean "bin"

  def install
    bin.install "bin/supervisord"
    %w[supervisorctl echo_supervisord_conf pidproxy].each { |name| bin.install_symlink "supervisord" => name }
    %w[supervisord.8 supervisorctl.1 supervisord.conf.5 echo_supervisord_conf.1 pidproxy.1].each do |page|
      name, _, section = page.rpartition(".")
      (buildpath/page).write Utils.safe_popen_read(bin/"supervisord", "print", "man", name)
      public_send("man#{section}").install page
    end
    generate_completions_from_executable(bin/"supervisord", "print", "completion-bash",
                                         shells: [:bash], shell_parameter_format: :none,
                                         base_name: "supervisorctl")
    (buildpath/"supervisord.ini").write Utils.safe_popen_read(bin/"echo_supervisord_conf")
    etc.install "supervisord.ini"
  end

  service do
    run [opt_bin/"supervisord", "-n", "-c", etc/"supervisord.ini"]
    keep_alive successful_exit: false
    log_path var/"log/supervisord.log"
    error_log_path var/"log/supervisord.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/supervisord --build-info")
    (testpath/"supervisord.conf").write shell_output("#{bin}/echo_supervisord_conf")
    system bin/"supervisord", "--check", "-c", "supervisord.conf"
  end
end
